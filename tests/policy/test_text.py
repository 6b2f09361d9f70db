"""What each text rule refuses and lets pass, and that no way of writing gets around it."""

from __future__ import annotations

import time

import pytest

from goodfences.policy.text import findings
from tests.policy.drafts import problems


def found(text: str) -> dict[str, str]:
    return {finding.rule: finding.words for finding in findings(text)}


@pytest.mark.parametrize(
    "text, words",
    [
        ("The suspect is a Black man.", "Black man"),
        ("The suspect is Black.", "suspect is Black"),
        ("We look for a male, white, 40.", "male, white"),
        ("Suspect: B/M, 20s.", "B/M"),
        ("Two Hispanics were there.", "Hispanics"),
        ("A Latina took the parcel.", "Latina"),
        ("He has dark skin.", "dark skin"),
        ("A person of Asian descent took it.", "person of Asian descent"),
        ("Black or Hispanic young males did it.", "Black or Hispanic young males"),
        ("She drove off. The victim saw a white woman. The victim wore a red coat.", "white woman"),
        ("A Black man did it. He left. He was seen. Nobody knows why. He had a red coat.", "Black man"),
        ("The robber was white and black.", "robber was white"),
    ],
)
def test_race_alone_is_refused_with_its_words(text, words):
    assert found(text).get("reason.race") == words


@pytest.mark.parametrize(
    "text",
    [
        "White, 40, red jacket and a backpack.",
        "The suspect is a Black man in a yellow coat.",
        "The suspect is a Black man. He has a beard.",
        "He wore a red cap. He is Asian.",
        "A Black man, about 6 feet, took it.",
        "A Black man, 5'8\", took it.",
        "A Hispanic man left in a silver Honda pickup.",
        "A white man was seen running east.",
        "A white woman with a green backpack.",
        "A white van and a man were seen on Black Street.",
        "The white male cat and a black female Labrador were taken.",
        "The Asian restaurant, the Indian grocery and Native Plants Nursery were burgled.",
        "A person in white ran off.",
        "A man in black, about 30, ran off.",
        "The van that hit the rider was white.",
        "The suspect's car is white.",
        "A man, black jacket, ran off.",
        "Two women had white and black dogs.",
        "The bag is brown. A black sign fell on White Oak Drive",
        "White",
        "A Hispanic market.",
        "It was the Mexican border. Asian",
    ],
)
def test_no_mention_or_a_described_person_passes(text):
    assert "reason.race" not in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "A Black man took a bag from a car.",
        "A Black man left on foot in a hurry.",
        "A Black man was robbed. Another left in the dark.",
        "A man from the street was seen with a Black woman. Another day a bag was found.",
        "A Black man fled. East of there a bag was found.",
        "A Black man had it. Bags are missing.",
    ],
)
def test_a_thing_that_somebody_took_describes_nobody(text):
    assert "reason.race" in found(text)


@pytest.mark.parametrize(
    "text, words",
    [
        ("The victim, Maria Lopez, was hit.", "victim, Maria Lopez"),
        ("Mr. Smith was robbed.", "Mr. Smith"),
        ("Miss Lopez was robbed.", "Miss Lopez"),
        ("Dr. Evans called.", "Dr. Evans"),
        ("We spoke with the victim Dr. Evans.", "victim Dr. Evans"),
        ("The victim's name is Xanthe.", "victim's name is Xanthe"),
        ("The victim's full name was Xanthe.", "victim's full name was Xanthe"),
        ("A witness named Xanthe saw it.", "witness named Xanthe"),
        ("The victim was identified as Xanthe.", "victim was identified as Xanthe"),
        ("Victim: Xanthe Lopez.", "Victim: Xanthe Lopez"),
        ("Witness Grace saw a van.", "Witness Grace"),
        ("We look for whoever robbed Robert L. Simmons.", "Robert L. Simmons"),
        ("Emily, the girl at the corner, got away.", "Emily"),
        ("They robbed Emily.", "Emily"),
        ("The shooting of Emily is unsolved.", "Emily"),
        ("Emily was followed.", "Emily was followed"),
        ("Emily saw the van.", "Emily saw"),
        ("the victim, MARIA LOPEZ", "victim, MARIA LOPEZ"),
        ("We look for Maria Gonzalez, the victim, who was attacked.", "Maria Gonzalez"),
        ("We look for Maria Gonzalez, who was attacked.", "Maria Gonzalez"),
        ("Wanted: Maria Gonzalez, one of the witnesses.", "Maria Gonzalez"),
        ("We look for Emily, the victim.", "Emily"),
    ],
)
def test_a_victim_who_is_named_is_refused_with_the_name(text, words):
    assert found(text).get("reason.victim") == words


@pytest.mark.parametrize(
    "text",
    [
        "The victim was taken to hospital.",
        "The victim's name is not published.",
        "The victim's car was found. The victim's name was a secret.",
        "The victim was identified as a man of 40.",
        "The victim was named 5 days later.",
        "The victim is in hospital.",
        "The witness, 40, saw a van.",
        "The victim. Grace and hope.",
        "The caller will be asked. The victim",
        "Victims near Jackson Park. The caller gave Park Street.",
        "Victims, Mason Street.",
        "The robbery on Martin Luther King Drive and Robert Frost Elementary School.",
        "It stood at Oak Dr. near 5th and Dr. King Boulevard.",
        "It stood at Elm Dr Video is asked for.",
        "The Smith Mr",
        "Detective Karen Olsen asks for help.",
        "We look for the suspect Robert Simmons, who fled.",
        "We look for Mr. Simmons, who fled.",
        "At Maria's Bakery and Anthony's Fish Grotto it smelled of smoke.",
        "In St. Joseph a car, on Dolores, a van.",
        "A Robert jacket. Robert",
        "Do not miss anything. Hope for the victim.",
        "Witness hope to be asked.",
        "Wanted: Emily, the driver of the car.",
        "The shop of Emily. Emily. It was closed.",
        "Emily Street was closed.",
    ],
)
def test_who_is_not_named_or_no_victim_passes(text):
    assert "reason.victim" not in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "You must share it.",
        "Failure to share is a crime.",
        "We will know who did not answer.",
        "If you refuse, we will get a subpoena.",
        "It is obstruction of justice.",
    ],
)
def test_pressure_is_refused(text):
    assert "reason.pressure" in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "You do not have to share it.",
        "Nobody learns whether you answered.",
        "You are free to say no.",
        "It is not mandatory. You must not feel obliged to help.",
    ],
)
def test_words_that_take_pressure_away_pass(text):
    assert "reason.pressure" not in found(text)


def test_a_crime_against_a_clinic_can_be_asked_about():
    visited = "We want to know who visited the abortion clinic on Monday."
    assert "purpose.care" in found(visited)
    assert "purpose.care" not in found("The abortion clinic got a package. The person who entered wore red.")
    assert "purpose.care" in found(f"A brick was thrown on Sunday. It was dark. {visited}")


def test_two_halves_of_a_purpose_meet_in_neighboring_sentences_alone():
    assert found("There was a rally. The participants wore red.") == {"purpose.assembly": "rally"}
    assert found("The rally and its participants.") == {"purpose.assembly": "rally and its participants"}
    assert found("There was a rally. It was loud. Nobody came. The participants of a race wore red.") == {}


def test_vague_words_say_nothing_against_a_request_with_an_incident():
    assert "purpose.patrol" in found("Please send anything that looks suspicious.")
    assert "purpose.patrol" not in found("A car was stolen. Please send anything that looks suspicious.")


def test_ice_is_water_unless_it_is_an_agency():
    assert found("A car slid on the ice into an ice cream truck of the ice rink. Help ice cream vendors.") == {}
    assert "purpose.immigration" in found("ICE agents need it.")


@pytest.mark.parametrize(
    "trick",
    [
        "The suspect is a BLACK MALE.",
        "The suspect is a ｂｌａｃｋ　ｍａｌｅ.",
        "The suspect is a 𝐛𝐥𝐚𝐜𝐤 𝐦𝐚𝐥𝐞.",
        "The suspect is a ⓑⓛⓐⓒⓚ ⓜⓐⓛⓔ.",
        "The suspect is a bläck mále.",
        "The suspect is a b\u200bl\u200ba\u200bc\u200bk male.",
        "The suspect is a bl\u00adack\u2060 ma\u202ele.",
        "The suspect is a Ьlасk mаlе.",
        "The suspect is a βlαck malε.",
        "The suspect is a ʙʟᴀᴄᴋ ᴍᴀʟᴇ.",
        "The suspect is a black\nmale.",
        "The suspect is a bla-\nck male.",
        "The suspect is a bla-ck m.a.l.e.",
        "The suspect is a black-male.",
        "The suspect is a black/male.",
        "The suspect is a b l a c k  m a l e.",
        "The suspect is a B.L.A.C.K. male.",
        "The suspect is a b l a c k m a l e x y z.",
        "The suspect is a bl4ck m@le.",
        "The suspect is a b1ack male.",
        "The suspect is a black\u3164 male\x00.",
    ],
)
def test_no_way_of_writing_hides_a_word(trick):
    assert "reason.race" in found(trick), trick


def test_what_looks_like_letters_and_is_none_stays_what_it_is():
    assert found("Items 4011, 5 a b and mail@x1 at $200. What? No. 3 p.m. Mr") == {}
    assert found("") == {}


def test_a_finding_becomes_a_problem_that_quotes_and_explains():
    reason = "A purse was snatched at the bus stop at noon. We are looking for a Black man."
    (problem,) = problems(reason=reason)
    assert (problem.rule, problem.field, problem.value) == ("reason.race", "reason", "Black man")
    assert "It was read in: “Black man”." in problem.message
    assert "Say what a camera could have seen" in problem.message


def seconds(text: str) -> float:
    took = []
    for _ in range(5):
        began = time.process_time()
        findings(text)
        took.append(time.process_time() - began)
    return min(took)


@pytest.mark.parametrize(
    "piece",
    [
        "you must ",
        "victim ",
        "black ",
        "b l a c k ",
        "if you refuse ",
        "a-",
        "a.",
        "x" * 50,
        " ",
        "\u200b",
        "b/",
        "'",
        "the person who was who was ",
        "protest video ",
        "man, white, ",
        "the suspect is black. he ",
    ],
)
def test_the_time_grows_no_faster_than_the_text(piece):
    short, long = ((piece * 2000)[:length] for length in (1000, 8000))
    seconds(short)
    # Eight times the text; twice that again leaves room for a busy machine, where a square would be 64.
    assert seconds(long) < 24 * max(seconds(short), 0.0005)
