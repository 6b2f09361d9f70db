"""The instance's addresses with the demo's mailbox among them."""

from django.urls import include, path

from goodfences.demo import mailbox
from goodfences.web.urls import urlpatterns as instance

urlpatterns = [*instance, path("demo/", include((mailbox.urlpatterns, "demo")))]
handler404 = "django.views.defaults.page_not_found"
