import pytest
from django.test import Client, override_settings
from django_vite.core.asset_loader import DjangoViteAssetLoader

pytestmark = pytest.mark.django_db


def test_the_styleguide_is_a_page(client: Client) -> None:
    response = client.get("/styleguide/")
    assert response.status_code == 200
    assert b'<main id="main"' in response.content


def test_a_missing_page_answers_in_words(client: Client) -> None:
    response = client.get("/nothing-here/")
    assert response.status_code == 404
    assert b"There is no such page" in response.content


def test_no_page_holds_inline_script_or_style(client: Client) -> None:
    for path in ("/styleguide/", "/language/", "/accounts/login/", "/nothing-here/"):
        text = client.get(path).content.decode()
        assert "<style" not in text and " style=" not in text and " onclick=" not in text, path
        assert "<script>" not in text, path


def test_pages_answer_without_a_built_front_end(tmp_path, client: Client, monkeypatch, caplog) -> None:
    from goodfences.web.templatetags import goodfences as tags

    monkeypatch.setattr(tags, "_said_missing", False)
    monkeypatch.setattr(DjangoViteAssetLoader, "_instance", None)
    with override_settings(DJANGO_VITE={"default": {"dev_mode": False, "manifest_path": tmp_path / "manifest.json"}}):
        response = client.get("/language/")
    monkeypatch.setattr(DjangoViteAssetLoader, "_instance", None)
    assert response.status_code == 200
    assert "npm run build" in caplog.text


def test_a_form_ties_its_errors_to_its_fields(client: Client) -> None:
    text = client.get("/styleguide/").content.decode()
    assert 'aria-describedby="wrong_name_helptext wrong_name_error"' in text
    assert 'id="wrong_name_error"' in text
    assert 'href="#wrong_name"' in text
