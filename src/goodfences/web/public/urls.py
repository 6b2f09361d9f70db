"""What anyone can read, and check."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, path, re_path

from goodfences.web.public.views import (
    agencies,
    data,
    guardrails,
    ledger,
    log,
    pages,
    posts,
    record,
    rulings,
    warnings,
)

app_name = "public"

# C2SP tlog-tiles: no leading zeros, three digits an element, and nothing that isn't spelled so.
NUMBER = r"(?P<number>(?:x[0-9]{3}/)*[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?$"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", pages.home, name="home"),
    path("promises/", pages.promises, name="promises"),
    path("how-it-works/", pages.how_it_works, name="how_it_works"),
    path("guardrails/", guardrails.page, name="guardrails"),
    path("guardrails.json", guardrails.as_json, name="guardrails_json"),
    path("record/", record.requests, name="requests"),
    path("record/requests/<str:ref>/", record.request_page, name="request"),
    path("record/requests/<str:ref>/area.geojson", record.request_area, name="request_area"),
    path("record/partners/", agencies.partners, name="agencies"),
    path("record/partners/map.geojson", agencies.partners_map, name="agencies_map"),
    path("record/agencies/<slug:slug>/", agencies.agency_page, name="agency"),
    path("record/ledger/", ledger.entries, name="entries"),
    path("record/ledger/<int:index>/", ledger.entry_page, name="entry"),
    path("record/ledger/<int:index>/bundle.json", ledger.bundle, name="bundle"),
    path("record/policy/", record.policy_page, name="policy"),
    path("record/rulings/", rulings.rulings, name="rulings"),
    path("record/rulings/<str:ref>/", rulings.ruling, name="ruling"),
    path("record/data/", data.overview, name="data"),
    path("record/data/<slug:name>.json", data.as_json, name="data_json"),
    path("record/data/<slug:name>.csv", data.as_csv, name="data_csv"),
    path("record/data/<slug:name>.schema.json", data.schema, name="data_schema"),
    path("record/verify/", ledger.how_to_verify, name="verify"),
    path("record/posts/", posts.posts, name="agency_posts"),
    path("record/posts/feed.atom", posts.feed, name="agency_posts_feed"),
    path("record/posts/<str:ref>/", posts.post, name="agency_post"),
    path("warnings/", warnings.warnings, name="warnings"),
    path("warnings/feed.atom", warnings.feed, name="warnings_feed"),
    path("warnings/<str:ref>/", warnings.warning, name="warning"),
    path("warnings/<str:ref>/cap.xml", warnings.cap_file, name="warning_cap"),
    path("ledger/checkpoint", log.checkpoint, name="checkpoint"),
    path("ledger/key", log.key, name="ledger_key"),
    re_path(rf"^ledger/tile/entries/{NUMBER}", log.entries, name="entry_bundle"),
    re_path(rf"^ledger/contents/{NUMBER}", log.contents, name="entry_contents"),
    re_path(rf"^ledger/tile/(?P<level>0|[1-9][0-9]?)/{NUMBER}", log.tile, name="tile"),
]
