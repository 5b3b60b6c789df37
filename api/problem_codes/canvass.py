"""Problems with contacts."""

from typing import Final

from api.problem_codes.known import Known

CANVASS: Final = (
    Known(
        ("batch_empty batch_malformed batch_too_large object_required item_invalid"),
        "about a batch of contacts",
        "Send one contact, or 1 to 1,000 of them under `contacts`.",
    ),
    Known(
        "encoding_unsupported",
        "a body is sent as it is, or in gzip and says so",
        "Send the body without a content coding, or in gzip with Content-Encoding: gzip.",
    ),
    Known(
        "event_id_reused",
        "the event id was sent before, with another body",
        "Send a new event id for a new contact, and the very same body for a retry.",
    ),
    Known(
        "job_not_open",
        "the bulk job takes no more rows, or has ended",
        "Open a new job for what is left: its unprocessed results are those rows.",
    ),
    Known(
        "row_not_taken",
        "a row of a bulk job that the service failed over; the others went on",
        "Tell the operator the job and the row: the log has the kind of error.",
    ),
    Known(
        "inbox_full inbox_quota",
        "more waits to be applied than the service, or your organization, may have waiting",
        "Send the very same again after Retry-After seconds: nothing of the call was kept.",
    ),
    Known(
        "contact_retracted",
        "the contact was retracted, for good",
        "Push a new contact with a new event id.",
    ),
    Known(
        (
            "voter_unknown voter_ambiguous survey_response_unknown "
            "activist_code_unknown name_taken"
        ),
        "about a contact's parts: a voter or word that is not there, or not for you",
        "Check the id, and that your grants to contribute cover the voter.",
    ),
    Known(
        (
            "text_invalid code_unknown voter_required description_invalid "
            "description_insufficient id_malformed list_invalid "
            "time_invalid time_in_future support_invalid phone_invalid "
            "suppression_unknown result_with_responses"
        ),
        "about a contact's form, each with its pointer",
        "Correct the member that the pointer names; GET /v1/canvass-codes lists the words.",
    ),
)
