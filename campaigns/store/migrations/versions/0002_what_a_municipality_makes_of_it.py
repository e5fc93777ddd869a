"""What a municipality makes of a campaign: own words, own times, approvals of two kinds, standing approvals."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def _columns() -> list[tuple[str, sa.Column[object]]]:
    return [
        ("campaign", sa.Column("approve_by", sa.String(), nullable=True)),
        ("delivery", sa.Column("wording_hash", sa.String(length=64), nullable=True)),
        ("delivery", sa.Column("approvals_needed", sa.Integer(), server_default="1", nullable=False)),
        ("delivery", sa.Column("moved_from", sa.DateTime(timezone=True), nullable=True)),
        ("message_choice", sa.Column("own_time_at", sa.DateTime(timezone=True), nullable=True)),
        ("organisation", sa.Column("second_person", sa.Boolean(), server_default=sa.false(), nullable=False)),
    ]


def upgrade() -> None:
    op.create_table(
        "local_day",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_local_day_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_local_day")),
        sa.UniqueConstraint(
            "organisation_id",
            "first",
            "last",
            "name",
            name=op.f("uq_local_day_organisation_id_first_last_name"),
        ),
    )
    with op.batch_alter_table("local_day", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_local_day_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "standing_approval",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("unseen", sa.Boolean(), nullable=False),
        sa.Column("preparedness_minutes", sa.Integer(), nullable=False),
        sa.Column("given_by", sa.Integer(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seconded_by", sa.Integer(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["given_by"], ["person.id"], name=op.f("fk_standing_approval_given_by_person")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_standing_approval_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["organisation.id"], name=op.f("fk_standing_approval_owner_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["seconded_by"], ["person.id"], name=op.f("fk_standing_approval_seconded_by_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standing_approval")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_standing_approval_organisation_id_id")),
    )
    with op.batch_alter_table("standing_approval", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_standing_approval_organisation_id"), ["organisation_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_standing_approval_owner_id"), ["owner_id"], unique=False)

    op.create_table(
        "check_override",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("participation_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_check_override_message_id_message")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "participation_id"],
            ["participation.organisation_id", "participation.id"],
            name=op.f("fk_check_override_organisation_id_participation_id_participation"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_check_override_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_check_override_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_check_override")),
        sa.UniqueConstraint(
            "participation_id",
            "message_id",
            "code",
            name=op.f("uq_check_override_participation_id_message_id_code"),
        ),
    )
    with op.batch_alter_table("check_override", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_check_override_organisation_id"), ["organisation_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_check_override_participation_id"), ["participation_id"], unique=False
        )

    op.create_table(
        "announcement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("snapshot_hash", sa.String(length=64), nullable=False),
        sa.Column("standing_id", sa.Integer(), nullable=False),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("effective_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("vetoed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("vetoed_by", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "delivery_id"],
            ["delivery.organisation_id", "delivery.id"],
            name=op.f("fk_announcement_organisation_id_delivery_id_delivery"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "snapshot_hash"],
            ["snapshot.organisation_id", "snapshot.hash"],
            name=op.f("fk_announcement_organisation_id_snapshot_hash_snapshot"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "standing_id"],
            ["standing_approval.organisation_id", "standing_approval.id"],
            name=op.f("fk_announcement_organisation_id_standing_id_standing_approval"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_announcement_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(["vetoed_by"], ["person.id"], name=op.f("fk_announcement_vetoed_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcement")),
        sa.UniqueConstraint(
            "delivery_id", "snapshot_hash", name=op.f("uq_announcement_delivery_id_snapshot_hash")
        ),
    )
    with op.batch_alter_table("announcement", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_announcement_delivery_id"), ["delivery_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_announcement_organisation_id"), ["organisation_id"], unique=False
        )

    op.create_table(
        "message_fact_value",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("fact_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["fact_id"], ["fact.id"], name=op.f("fk_message_fact_value_fact_id_fact")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_message_fact_value_message_id_message")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_message_fact_value_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(["set_by"], ["person.id"], name=op.f("fk_message_fact_value_set_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_fact_value")),
        sa.UniqueConstraint(
            "organisation_id",
            "fact_id",
            "message_id",
            name=op.f("uq_message_fact_value_organisation_id_fact_id_message_id"),
        ),
    )
    with op.batch_alter_table("message_fact_value", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_message_fact_value_organisation_id"), ["organisation_id"], unique=False
        )

    # nothing else refers to this table, so SQLite may copy it; the others only get columns
    with op.batch_alter_table("adaptation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("base_text", sa.String(), server_default="", nullable=False))
        batch_op.add_column(sa.Column("set_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("set_by", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_adaptation_set_by_person"), "person", ["set_by"], ["id"])
    for table, column in _columns():
        op.add_column(table, column)


def downgrade() -> None:
    for table, column in reversed(_columns()):
        op.drop_column(table, column.name)
    with op.batch_alter_table("adaptation", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_adaptation_set_by_person"), type_="foreignkey")
        for column_name in ("set_by", "set_at", "base_text"):
            batch_op.drop_column(column_name)
    with op.batch_alter_table("message_fact_value", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_message_fact_value_organisation_id"))

    op.drop_table("message_fact_value")
    with op.batch_alter_table("announcement", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_announcement_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_announcement_delivery_id"))

    op.drop_table("announcement")
    with op.batch_alter_table("check_override", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_check_override_participation_id"))
        batch_op.drop_index(batch_op.f("ix_check_override_organisation_id"))

    op.drop_table("check_override")
    with op.batch_alter_table("standing_approval", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_standing_approval_owner_id"))
        batch_op.drop_index(batch_op.f("ix_standing_approval_organisation_id"))

    op.drop_table("standing_approval")
    with op.batch_alter_table("local_day", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_local_day_organisation_id"))

    op.drop_table("local_day")
