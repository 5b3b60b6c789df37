"""Problems with uploads, deliveries, imports and ballots."""

from typing import Final

from api.problem_codes.known import Known

FILES: Final = (
    Known(
        (
            "digest_malformed digest_mismatch upload_cut upload_is_a_form "
            "file_empty file_too_large file_name_invalid file_name_taken"
        ),
        "about an upload",
        "Correct the headers or the file, and upload it again.",
    ),
    Known(
        (
            "upload_offset_mismatch upload_offset_invalid upload_length_invalid "
            "upload_metadata_invalid upload_too_long tus_version_unsupported"
        ),
        "a resumable upload was asked for what does not fit where it stands",
        "HEAD the upload: Upload-Offset is where the next piece begins.",
    ),
    Known(
        "checksum_mismatch checksum_unsupported",
        "a piece of a resumable upload did not come to the checksum sent with it",
        "Send the piece again, with a checksum that OPTIONS names.",
    ),
    Known(
        "upload_busy upload_stalled",
        "someone else appends to this upload, or nothing came for 15 seconds",
        "HEAD the upload after a moment, and go on from its Upload-Offset.",
    ),
    Known(
        "upload_refused upload_lost",
        "what was received became no file (`reason` says why), or the storage lost it",
        "Mend the file where `reason` asks for it, and open a new upload.",
    ),
    Known(
        "too_many_uploads storage_full",
        "there is no room for more uploads, or on the disk; what was received is kept",
        "Finish or end open uploads; go on after Retry-After seconds.",
    ),
    Known(
        (
            "archive_damaged archive_empty archive_encrypted archive_floods "
            "archive_too_deep"
        ),
        "about a compressed file",
        "Make the archive anew, without a password, and upload it again.",
    ),
    Known(
        "guard_unknown",
        "there is no such guard rail",
        "GET /v1/states/{code}/guard-rails lists them.",
    ),
    Known(
        "layout_unknown column_unknown column_taken column_secret",
        "about names accepted for a layout's columns",
        "The problem of the failed import names the layout and its columns.",
    ),
    Known(
        "rollback_not_kept",
        "that publication is not among the last three before the newest",
        "Import the file that you want instead.",
    ),
    Known(
        (
            "delivery_empty delivery_imported uploads_unfinished "
            "file_date_impossible county_unknown "
            "calendar_missing import_moved_on import_not_ready import_not_cancelable"
        ),
        "about a delivery or an import",
        "GET the delivery or the import to see how it stands.",
    ),
    Known(
        "header_invalid column_missing column_repeated",
        "an uploaded CSV needs a header line that names each column once",
        "Correct the header line and upload the file again.",
    ),
    Known(
        (
            "line_malformed line_too_long cells_wrong voter_missing other_state "
            "status_unknown method_unknown date_in_future"
        ),
        "about a line of an upload (also `voter_unknown`, `date_invalid`), or of pushed lines",
        "Correct the line that is named and upload the file again.",
    ),
    Known(
        "score_name_invalid score_name_taken score_range_invalid score_shared_with_self",
        "about a score set as it is declared or shared",
        "Correct the member that is named; GET /v1/score-sets lists your sets.",
    ),
    Known(
        "score_invalid score_out_of_range score_label_unknown",
        "about a line of an upload of scores (also `voter_unknown`)",
        "Correct the line that is named and upload the file again.",
    ),
    Known(
        "no_scores sheet_lost gave_up",
        "why an upload failed as a whole: its `reason`",
        "Upload the file again.",
    ),
    Known(
        "no_ballots many_faults ballots_fell",
        "an upload of ballots was refused as a whole",
        "Compare the file with the one before, and upload the right one.",
    ),
)
