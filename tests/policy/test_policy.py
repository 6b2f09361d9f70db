from __future__ import annotations

import hashlib
import json
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from goodfences.errors import Refused
from goodfences.policy import in_force
from goodfences.policy.model import LIMITED, UNLIMITED, load, parse

RAW = (Path(__file__).parents[2] / "src/goodfences/policy/policy.toml").read_text()


def with_change(old: str, new: str):
    assert old in RAW
    return tomllib.loads(RAW.replace(old, new, 1))


def test_the_defaults_are_those_that_were_promised():
    policy = in_force()
    assert policy.figure("area.min") == 0.025
    assert policy.figure("area.max") == 0.5
    assert policy.window_min == timedelta(minutes=15)
    assert policy.window_max == timedelta(hours=12)
    assert policy.window_age == timedelta(days=30)
    assert policy.figure("reason.min") == 40
    assert policy.figure("case.requests") == 2
    assert policy.figure("agency.open") == 5
    assert policy.min_homes == 10
    assert policy.max_asks_per_owner == 3
    assert policy.asks_period == timedelta(days=7)
    assert policy.expiry == timedelta(days=7)


def test_every_rule_can_be_read_by_a_person():
    for rule in in_force().rules:
        assert rule.title
        assert rule.explanation.endswith(".")
        assert bool(rule.limit) == (rule.name in LIMITED)


def test_a_limit_is_printed_with_its_unit():
    policy = in_force()
    assert policy.rule("area.max").limit == "0.5 square miles"
    assert policy.with_stricter({"window.max": 1}).rule("window.max").limit == "1 hour"


def test_the_public_data_is_json_and_holds_every_rule():
    data = json.loads(json.dumps(in_force().data))
    assert {rule["name"] for rule in data["rules"]} == {*LIMITED, *UNLIMITED}
    assert data["incident_types"]["burglary"] == "Burglary"


def test_the_hash_is_that_of_canonical_json():
    policy = in_force()
    canonical = json.dumps(policy.data, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert policy.hash == hashlib.sha256(canonical).hexdigest()


def test_the_hash_changes_with_any_figure_and_any_word():
    hashes = {
        parse(tomllib.loads(RAW)).hash,
        parse(with_change("limit = 0.5", "limit = 0.4")).hash,
        parse(with_change("Largest area", "Most area")).hash,
        parse(with_change('arson = "Arson', 'arson = "arson')).hash,
    }
    assert len(hashes) == 4


def test_a_stricter_policy_has_a_hash_of_its_own():
    assert in_force().with_stricter({"area.max": 0.25}).hash != in_force().hash
    assert in_force().with_stricter({}).hash == in_force().hash


@pytest.mark.parametrize(
    "stricter",
    [
        {"area.max": 0.25},
        {"area.max": 0.5},
        {"area.min": 0.1},
        {"window.min": 30},
        {"window.max": 6.5},
        {"window.age": 14},
        {"reason.min": 80},
        {"reason.words": 12},
        {"case.requests": 1},
        {"area.parts": 1},
        {"urgent.reason": 80},
        {"urgent.requests": 1},
        {"agency.open": 3},
        {"homes.min": 25},
        {"asks.max": 1},
        {"asks.period": 14},
        {"request.expiry": 3},
        {"keep.max": 60},
        {"hold.max": 90},
        {"deletion.answer": 7},
    ],
)
def test_an_agreement_may_tighten(stricter):
    policy = in_force().with_stricter(stricter)
    for name, value in stricter.items():
        assert policy.figure(name) == value


@pytest.mark.parametrize(
    "looser",
    [
        {"area.max": 0.51},
        {"area.min": 0.02},
        {"window.min": 10},
        {"window.max": 13},
        {"window.age": 31},
        {"reason.min": 39},
        {"reason.words": 4},
        {"case.requests": 3},
        {"area.parts": 4},
        {"urgent.reason": 39},
        {"urgent.requests": 4},
        {"agency.open": 6},
        {"homes.min": 9},
        {"asks.max": 4},
        {"asks.period": 6},
        {"request.expiry": 8},
        {"keep.max": 366},
        {"hold.max": 181},
        {"deletion.answer": 15},
        {"incident_types": ["burglary", "loitering"]},
    ],
)
def test_an_agreement_may_not_loosen(looser):
    with pytest.raises(Refused) as refused:
        in_force().with_stricter(looser)
    (problem,) = refused.value.problems
    assert (problem.rule, problem.field) == ("agreement.looser", "stricter")


def test_every_limit_that_can_be_tightened_was_tried_both_ways():
    tried = {
        name
        for test in (test_an_agreement_may_tighten, test_an_agreement_may_not_loosen)
        for case in test.pytestmark[0].args[1]
        for name in case
    }
    assert tried - {"incident_types"} == {name for name, kind in LIMITED.items() if kind.stricter != "never"}


@pytest.mark.parametrize(
    "bad",
    [
        {"area.max": "0.2"},
        {"area.max": True},
        {"area.max": 0},
        {"area.max": -1},
        {"area.max": float("nan")},
        {"homes.min": 10.5},
        {"homes.min": float("inf")},
        {"homes.min": None},
        {"incident_types": []},
        {"incident_types": "burglary"},
        {"incident_types": [1]},
        {"incident_types": {}},
    ],
)
def test_a_figure_that_is_none_is_refused(bad):
    with pytest.raises(Refused) as refused:
        in_force().with_stricter(bad)
    assert refused.value.problems[0].rule == "agreement.figure"


@pytest.mark.parametrize("name", ["area.maximum", "reason.race", "officers.second", "contact.given", "", "rules"])
def test_a_limit_that_does_not_exist_is_refused(name):
    with pytest.raises(Refused) as refused:
        in_force().with_stricter({name: 1})
    assert refused.value.problems[0].rule == "agreement.unknown"


def test_every_looser_limit_is_named_at_once():
    with pytest.raises(Refused) as refused:
        in_force().with_stricter({"area.max": 2, "homes.min": 1, "what": 1})
    assert len(refused.value.problems) == 3


def test_limits_that_no_request_could_keep_are_refused():
    with pytest.raises(Refused) as refused:
        in_force().with_stricter({"area.min": 0.3, "area.max": 0.2})
    assert refused.value.problems[0].rule == "agreement.impossible"


def test_an_agreement_may_shorten_the_list_of_incidents():
    policy = in_force().with_stricter({"incident_types": ["robbery", "burglary"]})
    assert list(policy.incident_types) == ["burglary", "robbery"]


def test_tightening_changes_no_other_policy():
    in_force().with_stricter({"area.max": 0.1})
    assert in_force().figure("area.max") == 0.5


@pytest.mark.parametrize(
    "old, new, says",
    [
        ('[rules."area.min"]', '[rules."area.minimum"]', "area.min"),
        ("limit = 0.5", 'limit = "0.5"', "area.max"),
        ("limit = 0.5", "limit = 50", "area.max"),
        ("limit = 0.5", "limit = 0.01", "area.min"),
        ('unit = "square miles"', 'unit = "square kilometers"', "square miles"),
        ("limit = 15", "limit = 15.5", "window.min"),
        ("limit = 15", "limit = 0", "window.min"),
        ("limit = 15", "limit = true", "window.min"),
        ("limit = 12", "limit = 0.1", "window"),
        ("limit = 12", "limit = 800", "window"),
        ("limit = 40", "limit = 0", "case_number"),
        ('title = "A second officer approves"\n', "", "officers.second"),
        ('explanation = "Nobody opens their own request."', 'explanation = "No."\nlimit = 0', "officers.second"),
        ('version = "2026-11"', "version = 3", "version"),
        ('version = "2026-11"', 'version = "x"\nextra = 1', "extra"),
        ("[incident_types]", "[incident_kinds]", "incident_kinds"),
        ('arson = "Arson or suspicious fire"', "arson = 1", "incident_types"),
    ],
)
def test_a_policy_file_that_is_wrong_names_what_is_wrong(old, new, says):
    with pytest.raises(ValueError, match=says):
        parse(with_change(old, new))


def test_a_policy_file_that_is_not_there_or_not_toml_is_named(tmp_path):
    with pytest.raises(ImproperlyConfigured, match=r"absent\.toml"):
        load(tmp_path / "absent.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text("version = ")
    with pytest.raises(ImproperlyConfigured, match=r"broken\.toml"):
        load(broken)
    broken.write_text(RAW.replace("limit = 0.5", "limit = -1"))
    with pytest.raises(ImproperlyConfigured, match=r"area\.max"):
        load(broken)


def test_an_instance_can_have_a_policy_of_its_own(settings, tmp_path):
    own = tmp_path / "policy.toml"
    own.write_text(RAW.replace("limit = 0.5", "limit = 0.2"))
    settings.POLICY = own
    assert in_force().figure("area.max") == 0.2


def test_no_rule_of_that_name_is_a_key_error():
    with pytest.raises(KeyError):
        in_force().rule("area.maximum")
