"""What an agency publishes names a street and nobody: the words of a rejection, the name of a place."""

from __future__ import annotations

import pytest

from goodfences.policy import in_force, place_problems, published_problems


def in_words(text: str) -> dict[str, str]:
    return {problem.rule: problem.value for problem in published_problems(text, "why", in_force())}


def in_name(text: str) -> dict[str, str]:
    return {problem.rule: problem.value for problem in place_problems(text, "place_name", in_force())}


@pytest.mark.parametrize(
    "text, house",
    [
        ("He lives at 12 Mill Street.", "12 Mill Street"),
        ("Ask at 12B N Oak Ave first.", "12B N Oak Ave"),
        ("Mill Street 12 is wrong.", "Mill Street 12"),
        ("Kaivokatu 12 B is wrong.", "Kaivokatu 12"),
        ("Hauptstraße 5 is wrong.", "Hauptstraße 5"),
        ("It was 12 rue de la Paix.", "12 rue"),
        ("It was in Calle Mayor 8, not here.", "Calle Mayor 8"),
        ("It was 7 Kaivokatu.", "7 Kaivokatu"),
        ("Go to apartment 4 first.", "apartment 4"),
        ("Go to flat B first.", "flat B"),
        ("It is at 60.1712, 24.9450.", "60.1712"),
        ("It is at 60,17123 north.", "60,17123"),
    ],
)
def test_words_that_are_published_name_no_house(text, house):
    assert in_words(text) == {"text.address": house}


@pytest.mark.parametrize(
    "text",
    [
        "The window of 12 hours is too long for a fight of ten minutes.",
        "It happened on Mill Street at 9 pm, not on Oak Street.",
        "Draw it around the 1200 block of Main Street.",
        "Case 26-118 on Mill Street is closed.",
        "2 requests about Mill Street are enough.",
        "It covers 40 homes. Mill Street 40 meters on is enough.",
        "Route 66 is too long, and so is 5th Avenue.",
        "At 9, Mill Street was empty. 12. Mill Street was full.",
        "More than 12,000 homes; the house a block on is empty.",
        "It names the victim. Write it without.",
        "It asks who took part in a lawful protest.",
        "This is for immigration enforcement, which the policy forbids.",
        "This is a test, not a case: no incident is named.",
        "One\nline, and another.",
    ],
)
def test_a_rejection_can_say_what_is_wrong(text):
    assert in_words(text) == {}


def test_words_that_are_published_name_nobody_press_nobody_and_hide_nothing():
    assert in_words("Kaivokatu 12, Maria Gonzalez") == {
        "reason.victim": "Maria Gonzalez",
        "text.address": "Kaivokatu 12",
    }
    assert in_words("We only look for a Black man.") == {"reason.race": "Black man"}
    assert in_words("You must share your video anyway.") == {"reason.pressure": "You must share"}
    assert in_words("Too wide.\u202e") == {"text.visible": "U+202E right-to-left override"}


@pytest.mark.parametrize(
    "name",
    [
        "Kaivokatu 12 B, apartment 4", "Kaivokatu 12", "Mill Street 12", "12 Oak Street", "12-14 Oak Street",
        "Calle Mayor 8", "Mill Street, apt B", "\u0661\u0662 Oak Street", "near 60.17123", "Rosengarten 5",
    ],
)  # fmt: skip
def test_the_name_of_a_place_names_no_house(name):
    assert in_name(name).keys() == {"text.address"}


@pytest.mark.parametrize(
    "name",
    [
        "Mill Street", "Kaivokatu", "5th Avenue", "100 block of Main Street", "3 Mile Road", "Route 66",
        "I-80 at Exit 12", "US 1", "Pier 39", "Calle 8", "Avenue 26", "7-Eleven on Mill Street", "Ward 3",
        "Highway 61 and Oak", "James Bay", "Martin Luther King Boulevard", "Black Street", "Little Italy",
        "Planned Parenthood on Oak Street", "Jackson Heights", "St. Mary's Church", "Victor Harbor",
    ],
)  # fmt: skip
def test_a_place_keeps_its_name(name):
    assert in_name(name) == {}


def test_a_person_is_no_place():
    assert in_name("Around Maria Gonzalez").keys() == {"reason.victim"}
