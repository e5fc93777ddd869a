"""What of the suite the fast part leaves to `make test-slow`, so that it stays within its five minutes (D28)."""

from __future__ import annotations

RULES_ALONE = frozenset(
    f"test_{name}.py"
    for name in (
        "access", "account_visibility", "adaptation", "approval", "approval_falls", "approval_kinds", "attention", "audit",
        "campaign_report", "closing", "connecting", "corrections", "counting", "digests", "doctor", "documents",
        "channels", "faults", "foresight", "gates", "gates_in_ruins", "hold_levels", "holds", "language_versions", "letters", "local_days", "mail_trouble", "measure",
        "id_tokens", "identities", "by_hand", "members", "drafts", "judgement", "showing", "notices", "choosing", "drills", "rehearsals", "rehearsing",
        "outage", "participation", "parts",
        "rescheduling", "rotation", "secrets", "standing", "ten_accounts", "vault", "verification", "versions",
    )
)  # fmt: skip
"""Modules about rules, beside the folder of the pages, that ask the store for nothing it is not asked for elsewhere: the fast suite runs them on SQLite,
and on PostgreSQL `make test-slow` does, so that the fast one stays within its five minutes (D28)."""

IN_DEPTH = frozenset(
    f"test_{name}.py"
    for name in (
        "route_roles", "questions", "foreign_things", "open_switch", "identities", "publishing_now", "codes_first", "editor_fields", "reading", "storm", "shown_pictures", "recovery_looks", "letters", "feed",
        "adaptation", "approval_kinds", "attention", "by_hand", "channels", "cli_accounts", "cli_adapting", "cli_audit",
        "cli_consent", "cli_handing", "corrections", "counting", "database_restart", "digests", "doctor", "faults",
        "gates_in_ruins", "hold_levels", "id_tokens", "life_explored", "mail_trouble", "message_acts", "notices", "outage",
        "own_password", "processes", "rehearsal", "renewal", "rescheduling", "rotation", "standing",
    )
)  # fmt: skip
"""Modules that go through every case of something of which the fast suite has the main ones."""

LATER_PLATFORMS = ("facebook", "instagram", "threads", "linkedin", "wordpress", "-x", "x-")
"""Their flows are the same as those of the first two, which the fast suite has."""
