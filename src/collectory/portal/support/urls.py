"""Addresses of service requests."""

from django.urls import path

from collectory.portal.support import views

urlpatterns = [
    path("contact/", views.contact, name="contact"),
    path("contact/<str:token>/", views.service_request, name="service-request"),
    path("service-requests/", views.service_requests, name="service-requests"),
    path("service-requests/<int:number>/", views.answer_request, name="answer-request"),
]
