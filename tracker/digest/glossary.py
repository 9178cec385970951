"""The words of the digests that no codebook file defines."""

from tracker.digest.wording import N_

TERMS = (
    (N_("reading"), N_("An indicator or composite at one moment, with its interval, its state and what it rests on.")),
    (N_("signal"), N_("What one sentence says of one party on one question of the codebook.")),
    (N_("indicator"), N_("A question we watch; the weighted mean of its signals' balances, from 0 to 100.")),
    (N_("composite"), N_("Indicators joined as one theory joins them. Composites may disagree.")),
    (N_("balance"), N_("How far mentions that point towards talks outweigh those that point away, from −1 to +1.")),
    (N_("prevalence"), N_("Weighted mentions per 100 stories on the conflict, whatever their direction.")),
    (
        N_("interval"),
        N_("The 5 and 95 percent points when stories are drawn again and again. The choice of sources is not covered."),
    ),
    (N_("story"), N_("Articles on the same happening, copies and rewrites together; counted once.")),
    (N_("owner"), N_("Who owns an outlet. Only outlets of different owners corroborate each other.")),
    (N_("bloc"), N_("Sources that may be expected to lean alike; blocs are averaged without regard to size.")),
    (N_("insufficient evidence"), N_("Fewer than five stories, or fewer than three outlets: no number is given.")),
    (N_("one-sided sources"), N_("One bloc bears four fifths of the weight or more.")),
    (N_("contested"), N_("Both directions bear three tenths of the weight or more.")),
    (N_("withheld"), N_("Too many expected sources were silent: a number would mislead.")),
    (N_("posture"), N_("What a party says of direct talks: open, on conditions, closed, or not known.")),
    (
        N_("alert"),
        N_("A week in which one signal stood out against the eight weeks before, by the rule in the method."),
    ),
    (N_("happening"), N_("Something an analyst noted; it stands on calendars and charts and moves no number.")),
    (N_("log position"), N_("The place in the log of facts up to which a page knows the world.")),
)
