"""Addresses of people's pages. The names that start with account_ are those django-allauth asks for."""

from django.urls import path

from collectory.portal.people import (
    access_log_views,
    forgotten_views,
    invitation_views,
    kept_views,
    manage_views,
    provider_views,
    second_factor_views,
    views,
)

urlpatterns = [
    path("sign-in/", views.sign_in, name="account_login"),
    path("sign-out/", views.sign_out, name="account_logout"),
    path("account-inactive/", views.account_inactive, name="account_inactive"),
    path("sign-in/with/<slug:provider_id>/", provider_views.begin, name="openid_connect_login"),
    path("sign-in/with/<slug:provider_id>/back/", provider_views.come_back, name="openid_connect_callback"),
    path("forgotten/", forgotten_views.forgotten, name="forgotten"),
    path("forgotten/<slug:number>/<str:token>/", forgotten_views.choose_password, name="choose-password"),
    path("invitation/<str:token>/", invitation_views.accept, name="accept-invitation"),
    path("people/", manage_views.organisations, name="people"),
    path("people/person/<int:number>/", manage_views.person, name="person"),
    path("people/invitation/<int:number>/", manage_views.invitation, name="invitation"),
    path("people/log/", access_log_views.log, name="access-log"),
    path("people/log/file/", access_log_views.log_file, name="access-log-file"),
    path("people/<slug:number>/all/", manage_views.people_of, name="people-of"),
    path("people/<slug:number>/invite/", manage_views.invite, name="invite"),
    path("kept/", kept_views.kept, name="kept-form"),
    path("session/", kept_views.stay, name="stay-signed-in"),
    path("terms/agree/", views.agree, name="agree-to-terms"),
    path("sign-in/second-factor/", second_factor_views.authenticate, name="mfa_authenticate"),
    path("sign-in/passkey/", second_factor_views.passkey_sign_in, name="mfa_login_webauthn"),
    path("sign-in/again/", second_factor_views.password_again, name="account_reauthenticate"),
    path("sign-in/again/code/", second_factor_views.code_again, name="mfa_reauthenticate"),
    path("sign-in/again/passkey/", second_factor_views.passkey_again, name="mfa_reauthenticate_webauthn"),
    path("second-factor/", second_factor_views.index, name="mfa_index"),
    path("second-factor/app/", second_factor_views.add_app, name="mfa_activate_totp"),
    path("second-factor/app/remove/", second_factor_views.remove_app, name="mfa_deactivate_totp"),
    path("second-factor/passkeys/", second_factor_views.passkeys, name="mfa_list_webauthn"),
    path("second-factor/passkeys/add/", second_factor_views.add_passkey, name="mfa_add_webauthn"),
    path("second-factor/passkeys/<int:pk>/remove/", second_factor_views.remove_passkey, name="mfa_remove_webauthn"),
    path("second-factor/recovery-codes/", second_factor_views.recovery_codes, name="mfa_view_recovery_codes"),
    path("second-factor/new-codes/", second_factor_views.new_recovery_codes, name="mfa_generate_recovery_codes"),
    path("organisation/", views.choose_organisation, name="choose-organisation"),
]
