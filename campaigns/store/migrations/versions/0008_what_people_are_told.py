"""What people are told: notices, copies, letters, choices and channels; and when an account's login was lost."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

MOMENT = sa.DateTime(timezone=True)
PARTS = {
    "ix_history_went_wrong": ("history", ["at"], "move IN ('miss', 'refuse')"),
    "ix_delivery_fell": ("delivery", ["approval_fell_at"], "approval_fell_at IS NOT NULL"),
    "ix_delivery_moved": ("delivery", ["moved_from"], "moved_from IS NOT NULL"),
}


def upgrade() -> None:
    _letters()
    _notices()
    _copies()
    _choices()
    op.add_column("account", sa.Column("lost_at", MOMENT, nullable=True))
    for name, (table, columns, where) in PARTS.items():
        op.create_index(name, table, columns, postgresql_where=sa.text(where), sqlite_where=sa.text(where))
    op.create_index("ix_audit_entry_at", "audit_entry", ["at"])


def _letters() -> None:
    op.create_table(
        "letter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("way", sa.String(length=8), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("of_id", sa.Integer(), nullable=True),
        sa.Column("at_once", sa.Boolean(), nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("message_id", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("key_id", sa.String(length=16), nullable=True),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=True),
        sa.Column("next_try_at", MOMENT, nullable=False),
        sa.Column("lease_until", MOMENT, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("outcome", sa.String(length=60), nullable=True),
        sa.ForeignKeyConstraint(["of_id"], ["letter.id"], name=op.f("fk_letter_of_id_letter")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_letter_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
        sa.UniqueConstraint("message_id", name=op.f("uq_letter_message_id")),
        sa.UniqueConstraint("person_id", "day", "way", name=op.f("uq_letter_person_id_day_way")),
    )
    op.create_index("ix_letter_due", "letter", ["ended_at", "next_try_at"])
    op.create_index(op.f("ix_letter_person_id"), "letter", ["person_id"])


def _notices() -> None:
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=False),
        sa.Column("turn", MOMENT, nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_notice_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint(
            "organisation_id",
            "kind",
            "subject_id",
            "turn",
            name=op.f("uq_notice_organisation_id_kind_subject_id_turn"),
        ),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_notice_organisation_id_id")),
    )
    op.create_index("ix_notice_cause", "notice", ["kind", "subject_id"])
    op.create_index(op.f("ix_notice_organisation_id"), "notice", ["organisation_id"])


def _copies() -> None:
    op.create_table(
        "notice_copy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at_once", sa.Boolean(), nullable=False),
        sa.Column("letter_id", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["letter_id"], ["letter.id"], name=op.f("fk_notice_copy_letter_id_letter")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_notice_copy_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "notice_id"],
            ["notice.organisation_id", "notice.id"],
            name=op.f("fk_notice_copy_organisation_id_notice_id_notice"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_notice_copy_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_copy")),
        sa.UniqueConstraint("notice_id", "person_id", name=op.f("uq_notice_copy_notice_id_person_id")),
    )
    op.create_index("ix_notice_copy_waiting", "notice_copy", ["person_id", "letter_id"])
    op.create_index(op.f("ix_notice_copy_letter_id"), "notice_copy", ["letter_id"])
    op.create_index(op.f("ix_notice_copy_organisation_id"), "notice_copy", ["organisation_id"])


def _choices() -> None:
    op.create_table(
        "notice_choice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("chosen", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_notice_choice_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_choice")),
        sa.UniqueConstraint("person_id", "kind", name=op.f("uq_notice_choice_person_id_kind")),
    )
    op.create_table(
        "notice_channel",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("host", sa.String(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("set_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_notice_channel_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_channel")),
        sa.UniqueConstraint("person_id", name=op.f("uq_notice_channel_person_id")),
    )


def downgrade() -> None:
    op.drop_index("ix_audit_entry_at", "audit_entry")
    for name, (table, _, _) in PARTS.items():
        op.drop_index(name, table)
    op.drop_column("account", "lost_at")
    for table in ("notice_channel", "notice_choice", "notice_copy", "notice", "letter"):
        op.drop_table(table)
