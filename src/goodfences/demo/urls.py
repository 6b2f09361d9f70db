"""The demo town's own pages. Loaded in demo mode only."""

from django.urls import URLPattern, URLResolver, path

from goodfences.demo import mailbox, views

app_name = "demo"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.guide, name="guide"),
    path("progress/", views.progress, name="progress"),
    path("telephones/", views.telephones, name="telephones"),
    path("sign-in/<slug:key>/", views.sign_in, name="sign_in"),
    *mailbox.urlpatterns,
]
