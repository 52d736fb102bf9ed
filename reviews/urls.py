"""Addresses about reviews, below /a/<assistant_id>/."""

from django.urls import path

from reviews.views import answers, definition, flags, home, owners, queue, reports, review, sampling

urlpatterns = [
    path("", home.assistant_home, name="assistant_home"),
    path("review/", review.review, name="review"),
    path("review/undo/", review.review_undo, name="review_undo"),
    path("review/hold/", review.review_hold, name="review_hold"),
    path("review/leave/", review.review_leave, name="review_leave"),
    path("review/done/", review.review_done, name="review_done"),
    path("review/<int:assignment_id>/", review.grade, name="grade"),
    path("review/<int:assignment_id>/skip/", review.review_skip, name="review_skip"),
    path("review/<int:assignment_id>/draft/", review.review_draft, name="review_draft"),
    path("queue/", queue.queue, name="queue"),
    path("queue/first/", queue.kind_first, name="kind_first"),
    path("queue/<int:assignment_id>/", queue.decide, name="decide"),
    path("sampling/", sampling.sampling, name="sampling"),
    path("flags/", flags.flags, name="flags"),
    path("flags/new/", flags.flag_anyway, name="flag_anyway"),
    path("flags/answer/<int:conversation_id>/", flags.flag_answer, name="flag_answer"),
    path("flags/<int:flag_id>/", flags.flag, name="flag"),
    path("flags/<int:flag_id>/undo/", flags.flag_undo, name="flag_undo"),
    path("flags/<int:flag_id>/note/", flags.flag_note, name="flag_note"),
    path("answers/", answers.answers, name="answers"),
    path("answers/<int:sample_id>/", answers.answer, name="answer"),
    path("conversations/<int:conversation_id>/", answers.conversation, name="conversation"),
    path("definition/", definition.definition, name="definition"),
    path("definition/<int:number>/", definition.definition, name="definition_version"),
    path("definition/edit/", definition.definition_edit, name="definition_edit"),
    path("definition/publish/", definition.definition_publish, name="definition_publish"),
    path("definition/discard/", definition.definition_discard, name="definition_discard"),
    path("owners/", owners.owners, name="owners"),
    path("owners/add/", owners.part_add, name="part_add"),
    path("owners/find/", owners.parts_find, name="parts_find"),
    path("owners/route/", owners.part_route, name="part_route"),
    path("owners/<int:part_id>/", owners.part, name="part"),
    path("reports/", reports.reports, name="reports"),
    path("reports/<str:kind>/<str:week>/", reports.report, name="report"),
]
