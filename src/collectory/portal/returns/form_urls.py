"""Addresses of a return's form."""

from django.urls import path

from collectory.portal.returns.views import forms

urlpatterns = [
    path("form/add/", forms.add_on_screen, name="add-on-screen"),
    path("form/<slug:tab>/", forms.form_tab, name="form-tab"),
    path("form/<slug:tab>/edit/", forms.edit_form_tab, name="edit-form-tab"),
]
