"""The steps of a grant's life, an address each below /v1/grants/{id}/."""

from __future__ import annotations

from typing import ClassVar, Final
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.response import Response

from api.v1.grant_shapes import (
    AcceptSerializer,
    GrantSerializer,
    NothingSerializer,
    OfferSerializer,
    ReasonSerializer,
    answer,
    terms_from,
)
from api.views import CoopRequest, CoopView, Need
from coop.actors import Action, Permission
from coop.grants import actions

CHANGE: Final = Need(Permission.GRANTS_MANAGE, Action.MANAGE)
REASON: Final = OpenApiExample(
    "With a reason that the other side sees",
    {"reason": "The agreement was not signed."},
    request_only=True,
)


class OfferView(CoopView):
    """Answering a request."""

    needs: ClassVar = {"POST": CHANGE}

    @extend_schema(
        operation_id="grants_offer", request=OfferSerializer, responses=GrantSerializer
    )
    def post(self, request: CoopRequest, grant: UUID) -> Response:
        """Turn a request into an offer: on the terms asked for, or on others."""
        given = self.body(OfferSerializer).get("terms")
        offered = actions.answer_request(
            grant=grant, terms=terms_from(given) if given else None, by=request.actor
        )
        return answer(offered, request)


class RefuseView(CoopView):
    """Refusing a request or an offer."""

    needs: ClassVar = {"POST": CHANGE}

    @extend_schema(
        operation_id="grants_refuse",
        request=ReasonSerializer,
        responses=GrantSerializer,
        examples=[REASON],
    )
    def post(self, request: CoopRequest, grant: UUID) -> Response:
        """Refuse a request or an offer, with a reason that the other side sees."""
        given = self.body(ReasonSerializer)
        return answer(
            actions.refuse_grant(grant=grant, by=request.actor, **given), request
        )


class WithdrawView(CoopView):
    """Taking back a request or an offer."""

    needs: ClassVar = {"POST": CHANGE}

    @extend_schema(
        operation_id="grants_withdraw",
        request=NothingSerializer,
        responses=GrantSerializer,
    )
    def post(self, request: CoopRequest, grant: UUID) -> Response:
        """Take back one's own request, or one's own offer that nobody has accepted."""
        self.body(NothingSerializer)
        return answer(actions.withdraw_grant(grant=grant, by=request.actor), request)


class AcceptView(CoopView):
    """Accepting an offer."""

    needs: ClassVar = {"POST": CHANGE}

    @extend_schema(
        operation_id="grants_accept",
        request=AcceptSerializer,
        responses=GrantSerializer,
    )
    def post(self, request: CoopRequest, grant: UUID) -> Response:
        """Accept an offer; it is in force at once if its time has come."""
        given = self.body(AcceptSerializer)
        return answer(
            actions.accept_grant(grant=grant, by=request.actor, **given), request
        )


class SuspendView(CoopView):
    """Suspending a grant."""

    needs: ClassVar = {"POST": CHANGE}

    @extend_schema(
        operation_id="grants_suspend",
        request=ReasonSerializer,
        responses=GrantSerializer,
        examples=[REASON],
    )
    def post(self, request: CoopRequest, grant: UUID) -> Response:
        """Stop an active grant until it is resumed."""
        given = self.body(ReasonSerializer)
        return answer(
            actions.suspend_grant(grant=grant, by=request.actor, **given), request
        )


class ResumeView(CoopView):
    """Resuming a grant."""

    needs: ClassVar = {"POST": CHANGE}

    @extend_schema(
        operation_id="grants_resume",
        request=NothingSerializer,
        responses=GrantSerializer,
    )
    def post(self, request: CoopRequest, grant: UUID) -> Response:
        """Put a suspended grant in force again."""
        self.body(NothingSerializer)
        return answer(actions.resume_grant(grant=grant, by=request.actor), request)


class RevokeView(CoopView):
    """Revoking a grant."""

    needs: ClassVar = {"POST": CHANGE}

    @extend_schema(
        operation_id="grants_revoke",
        request=ReasonSerializer,
        responses=GrantSerializer,
        examples=[REASON],
    )
    def post(self, request: CoopRequest, grant: UUID) -> Response:
        """End a grant for good; it bites on the grantee's next statement."""
        given = self.body(ReasonSerializer)
        return answer(
            actions.revoke_grant(grant=grant, by=request.actor, **given), request
        )


STEPS: Final = {
    "offer": OfferView,
    "refuse": RefuseView,
    "withdraw": WithdrawView,
    "accept": AcceptView,
    "suspend": SuspendView,
    "resume": ResumeView,
    "revoke": RevokeView,
}
