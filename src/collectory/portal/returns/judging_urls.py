"""Addresses of what the collector says of a return, and of the answers."""

from django.urls import path

from collectory.portal.returns.views import authorising, judging, questions

urlpatterns = [
    path("collector/", judging.collector_page, name="collector-page"),
    path("collector/rules/<str:rule_key>/", judging.judge_rule, name="judge-rule"),
    path("all-errors/<int:revision>/<int:finding>/judge/", judging.judge_finding, name="judge-finding"),
    path("questions/", questions.questions, name="questions"),
    path("questions/ask/", questions.ask, name="ask-question"),
    path("questions/<int:question>/answer/", questions.answer, name="answer-question"),
    path("questions/<int:question>/ask-again/", questions.ask_again, name="ask-again"),
    path("authorise/", authorising.authorise, name="authorise"),
    path("reopen/", authorising.reopen, name="reopen"),
]
