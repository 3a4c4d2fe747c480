"""The door: who may see which camera, for which purpose, and the line that says so."""

from coveragekit.access.agreeing import (
    Checked,
    Event,
    Receipt,
    Scope,
    change_consent,
    check_receipt,
    consent_history,
    receipt_words,
    run_clock,
)
from coveragekit.access.answers import (
    Decision,
    Work,
)
from coveragekit.access.asking import (
    Ask,
    Batch,
    FootageRequest,
    LeftOut,
    OwnerContact,
    contacts,
    list_requests,
    move_request,
    receive_file,
    request_footage,
)
from coveragekit.access.door import (
    Door,
)
from coveragekit.access.finding import (
    CameraFilter,
    Nearby,
    find_cameras,
    near_cameras,
)
from coveragekit.access.forms import (
    Accepted,
    ConsentText,
    Quote,
    Submission,
    accept_submission,
    consent_text,
    fee_quote,
    list_submissions,
    refuse_submission,
    submission_neighbours,
    submit,
    withdraw,
)
from coveragekit.access.listing import (
    camera_arrays,
    cameras,
    zones,
)
from coveragekit.access.office import (
    Imported,
    RowReport,
    create_registry,
    default_url,
    import_rows,
    local_user,
    upgrade_registry,
)
from coveragekit.access.opening import (
    open_door,
)
from coveragekit.access.people import (
    Purpose,
    User,
)
from coveragekit.access.policy import (
    Policy,
    read_policy,
)
from coveragekit.access.reviewing import (
    Review,
    decide_review,
    list_reviews,
)
from coveragekit.access.shelves import (
    add_row,
    change_row,
    get_row,
    list_rows,
)
from coveragekit.access.signing import (
    public_keys,
)
from coveragekit.access.watching import (
    Entry,
    LookCount,
    Verdict,
    Written,
    count_looks,
    read_audit,
    verify_audit,
)

__all__ = [
    "Accepted",
    "Ask",
    "Batch",
    "CameraFilter",
    "Checked",
    "ConsentText",
    "Decision",
    "Door",
    "Entry",
    "Event",
    "FootageRequest",
    "Imported",
    "LeftOut",
    "LookCount",
    "Nearby",
    "OwnerContact",
    "Policy",
    "Purpose",
    "Quote",
    "Receipt",
    "Review",
    "RowReport",
    "Scope",
    "Submission",
    "User",
    "Verdict",
    "Work",
    "Written",
    "accept_submission",
    "add_row",
    "camera_arrays",
    "cameras",
    "change_consent",
    "change_row",
    "check_receipt",
    "consent_history",
    "consent_text",
    "contacts",
    "count_looks",
    "create_registry",
    "decide_review",
    "default_url",
    "fee_quote",
    "find_cameras",
    "get_row",
    "import_rows",
    "list_requests",
    "list_reviews",
    "list_rows",
    "list_submissions",
    "local_user",
    "move_request",
    "near_cameras",
    "open_door",
    "public_keys",
    "read_audit",
    "read_policy",
    "receipt_words",
    "receive_file",
    "refuse_submission",
    "request_footage",
    "run_clock",
    "submission_neighbours",
    "submit",
    "upgrade_registry",
    "verify_audit",
    "withdraw",
    "zones",
]
