"""Which language a text is in, and when the feed's claim stands."""

import pytest

from tracker.feeds.language import detect


@pytest.mark.parametrize(
    ("text", "claimed", "language"),
    [
        ("Переговоры возобновятся в столице во вторник утром, сообщил министр", "en", "ru"),
        ("Die Gespräche wurden am Dienstag in der Hauptstadt fortgesetzt", "ka", "de"),
        ("საქართველოს მთავრობა მოლაპარაკებებს განაახლებს", "ka", "ka"),
        ("Die Gespräche wurden am Dienstag in der Hauptstadt fortgesetzt", "hy", "de"),
        ("Die Gespräche wurden am Dienstag in der Hauptstadt fortgesetzt", "english", "de"),
        ("Talks resume", "uk", "uk"),
    ],
)
def test_detection_overrules_the_claim_only_when_it_is_sure(text, claimed, language):
    assert detect(text, claimed) == language
