"""The pages of oversight bodies."""

from django.urls import path

from goodfences.web.oversight import views

app_name = "oversight"

urlpatterns = [
    path("", views.agencies, name="agencies"),
    path("agencies/<slug:slug>/", views.agency, name="agency"),
    path("agencies/<slug:slug>/finding/", views.finding, name="finding"),
    path("agencies/<slug:slug>/suspend/", views.suspend, name="suspend"),
]
