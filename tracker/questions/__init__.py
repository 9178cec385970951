"""The read side: what was said, as of when, and which sentences stand behind it."""

from tracker.questions.explaining import Explanation, explain
from tracker.questions.history import History, history
from tracker.questions.lists import alert_list, known_conflict
from tracker.questions.material import MaterialRequest, material
from tracker.questions.standpoint import Standpoint, standpoint

__all__ = [
    "Explanation",
    "History",
    "MaterialRequest",
    "Standpoint",
    "alert_list",
    "explain",
    "history",
    "known_conflict",
    "material",
    "standpoint",
]
