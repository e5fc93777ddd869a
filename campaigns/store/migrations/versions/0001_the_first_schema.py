"""The first schema: every table, and triggers that keep what must never change."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


APPEND_ONLY = ("snapshot", "audit_entry", "history")
"""What was approved, done and moved is written once (threats E1, E18)."""


def _refuse_changes(table: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE OR REPLACE FUNCTION samklang_stays() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'rows of % are written once', TG_TABLE_NAME; END $$"
        )
        op.execute(
            f"CREATE TRIGGER {table}_stays BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION samklang_stays()"
        )
        return
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_stays_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are written once'); END"
        )


def upgrade() -> None:
    op.create_table(
        "instance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_instance")),
    )
    op.create_table(
        "organisation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column("form", sa.String(), nullable=False),
        sa.Column("population", sa.Integer(), nullable=True),
        sa.Column("population_year", sa.Integer(), nullable=True),
        sa.Column("website", sa.String(), nullable=True),
        sa.Column("language_decision", sa.String(length=8), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("quiet_hours", sa.Boolean(), nullable=False),
        sa.Column("colour", sa.Integer(), nullable=False),
        sa.Column("profile", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["organisation.id"], name=op.f("fk_organisation_parent_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
        sa.UniqueConstraint("number", name=op.f("uq_organisation_number")),
    )
    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_organisation_parent_id"), ["parent_id"], unique=False)

    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("mail", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("mail", name=op.f("uq_person_mail")),
    )
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("platform", sa.String(length=24), nullable=False),
        sa.Column("base", sa.String(), nullable=False),
        sa.Column("remote_id", sa.String(), nullable=False),
        sa.Column("handle", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("state_reason", sa.String(), nullable=True),
        sa.Column("language", sa.String(length=8), nullable=True),
        sa.Column("limits", sa.JSON(), nullable=True),
        sa.Column("followers", sa.Integer(), nullable=True),
        sa.Column("connected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_account_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_account_organisation_id_id")),
        sa.UniqueConstraint("platform", "base", "remote_id", name=op.f("uq_account_platform_base_remote_id")),
    )
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_account_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("how", sa.String(length=40), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_audit_entry_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_audit_entry_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
        sa.UniqueConstraint(
            "organisation_id", "sequence", name=op.f("uq_audit_entry_organisation_id_sequence")
        ),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_entry_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "campaign",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("document", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("anchor", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("silence", sa.String(length=8), nullable=False),
        sa.Column("late_after", sa.Integer(), nullable=False),
        sa.Column("languages", sa.JSON(), nullable=False),
        sa.Column("hashtags", sa.JSON(), nullable=False),
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("active_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_campaign_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sa.UniqueConstraint("organisation_id", "key", name=op.f("uq_campaign_organisation_id_key")),
    )
    with op.batch_alter_table("campaign", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_campaign_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "media",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("mime", sa.String(length=40), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_media_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media")),
        sa.UniqueConstraint("organisation_id", "sha256", name=op.f("uq_media_organisation_id_sha256")),
    )
    with op.batch_alter_table("media", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_media_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_media_sha256"), ["sha256"], unique=False)

    op.create_table(
        "membership",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_membership_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_membership_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
        sa.UniqueConstraint(
            "person_id", "organisation_id", "role", name=op.f("uq_membership_person_id_organisation_id_role")
        ),
    )
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_membership_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "organisation_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("numbers", sa.JSON(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_organisation_group_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation_group")),
        sa.UniqueConstraint("organisation_id", "key", name=op.f("uq_organisation_group_organisation_id_key")),
    )
    with op.batch_alter_table("organisation_group", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_organisation_group_organisation_id"), ["organisation_id"], unique=False
        )

    op.create_table(
        "snapshot",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_snapshot_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_snapshot")),
        sa.UniqueConstraint("organisation_id", "hash", name=op.f("uq_snapshot_organisation_id_hash")),
    )
    with op.batch_alter_table("snapshot", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_snapshot_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "approval",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("snapshot_hash", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("how", sa.String(length=40), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "snapshot_hash"],
            ["snapshot.organisation_id", "snapshot.hash"],
            name=op.f("fk_approval_organisation_id_snapshot_hash_snapshot"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_approval_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_approval_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval")),
    )
    with op.batch_alter_table("approval", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_approval_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index("ix_approval_snapshot", ["snapshot_hash"], unique=False)

    op.create_table(
        "hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(length=32), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("target_id", sa.Integer(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_hold_account_id_account")),
        sa.ForeignKeyConstraint(["lifted_by"], ["person.id"], name=op.f("fk_hold_lifted_by_person")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_hold_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["set_by"], ["person.id"], name=op.f("fk_hold_set_by_person")),
        sa.ForeignKeyConstraint(
            ["target_id"], ["organisation.id"], name=op.f("fk_hold_target_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hold")),
    )
    with op.batch_alter_table("hold", schema=None) as batch_op:
        batch_op.create_index("ix_hold_open", ["lifted_at", "level"], unique=False)

    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("title", sa.JSON(), nullable=False),
        sa.Column("mandatory", sa.Boolean(), nullable=False),
        sa.Column("retired", sa.Boolean(), nullable=False),
        sa.Column("platforms", sa.JSON(), nullable=False),
        sa.Column("send", sa.JSON(), nullable=False),
        sa.Column("quiet_override", sa.String(), nullable=True),
        sa.Column("poll", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_message_campaign_id_campaign")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("campaign_id", "key", name=op.f("uq_message_campaign_id_key")),
    )
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_message_campaign_id"), ["campaign_id"], unique=False)

    op.create_table(
        "participation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(length=32), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_by", sa.Integer(), nullable=True),
        sa.Column("planned_version", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["person.id"], name=op.f("fk_participation_answered_by_person")
        ),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_participation_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_participation_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_participation")),
        sa.UniqueConstraint(
            "campaign_id", "organisation_id", name=op.f("uq_participation_campaign_id_organisation_id")
        ),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_participation_organisation_id_id")),
    )
    with op.batch_alter_table("participation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_participation_campaign_id"), ["campaign_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_participation_organisation_id"), ["organisation_id"], unique=False
        )

    op.create_table(
        "pause",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scope", sa.String(length=12), nullable=False),
        sa.Column("target", sa.String(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_pause_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pause")),
        sa.UniqueConstraint("scope", "target", name=op.f("uq_pause_scope_target")),
    )
    op.create_table(
        "sealed_login",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "account_id"],
            ["account.organisation_id", "account.id"],
            name=op.f("fk_sealed_login_organisation_id_account_id_account"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_sealed_login_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sealed_login")),
        sa.UniqueConstraint("account_id", "field", name=op.f("uq_sealed_login_account_id_field")),
    )
    with op.batch_alter_table("sealed_login", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sealed_login_account_id"), ["account_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_sealed_login_organisation_id"), ["organisation_id"], unique=False
        )

    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("owner_id", sa.Integer(), nullable=False),
        sa.Column("county_id", sa.Integer(), nullable=True),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("participation_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("platform", sa.String(length=24), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("predecessor_id", sa.Integer(), nullable=True),
        sa.Column("key", sa.String(length=36), nullable=False),
        sa.Column("snapshot_hash", sa.String(length=64), nullable=True),
        sa.Column("approval_fell_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("by_person", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=True),
        sa.Column("reason_values", sa.JSON(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("late_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ignores_quiet", sa.Boolean(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("nudged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handle", sa.JSON(), nullable=True),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("called_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("looks", sa.Integer(), nullable=False),
        sa.Column("next_look_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("needs_person", sa.Boolean(), nullable=False),
        sa.Column("remote_id", sa.String(), nullable=True),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("stated", sa.Boolean(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("samples_taken", sa.Integer(), nullable=False),
        sa.Column("next_sample_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_missing_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_delivery_campaign_id_campaign")
        ),
        sa.ForeignKeyConstraint(
            ["county_id"], ["organisation.id"], name=op.f("fk_delivery_county_id_organisation")
        ),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_delivery_message_id_message")),
        sa.ForeignKeyConstraint(
            ["organisation_id", "account_id"],
            ["account.organisation_id", "account.id"],
            name=op.f("fk_delivery_organisation_id_account_id_account"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "participation_id"],
            ["participation.organisation_id", "participation.id"],
            name=op.f("fk_delivery_organisation_id_participation_id_participation"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "predecessor_id"],
            ["delivery.organisation_id", "delivery.id"],
            name=op.f("fk_delivery_organisation_id_predecessor_id_delivery"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "snapshot_hash"],
            ["snapshot.organisation_id", "snapshot.hash"],
            name=op.f("fk_delivery_organisation_id_snapshot_hash_snapshot"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_delivery_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["owner_id"], ["organisation.id"], name=op.f("fk_delivery_owner_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("key", name=op.f("uq_delivery_key")),
        sa.UniqueConstraint(
            "message_id",
            "account_id",
            "kind",
            "position",
            name=op.f("uq_delivery_message_id_account_id_kind_position"),
        ),
        sa.UniqueConstraint("organisation_id", "id", name=op.f("uq_delivery_organisation_id_id")),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_delivery_campaign_id"), ["campaign_id"], unique=False)
        batch_op.create_index("ix_delivery_late", ["state", "late_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_delivery_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_delivery_participation_id"), ["participation_id"], unique=False)
        batch_op.create_index(
            "ix_delivery_sample",
            ["next_sample_at"],
            unique=False,
            postgresql_where=sa.text("next_sample_at IS NOT NULL"),
            sqlite_where=sa.text("next_sample_at IS NOT NULL"),
        )
        batch_op.create_index("ix_delivery_try", ["state", "next_try_at"], unique=False)

    op.create_table(
        "fact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=True),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("own_site", sa.Boolean(), nullable=False),
        sa.Column("value", sa.String(), nullable=True),
        sa.Column("default", sa.String(), nullable=True),
        sa.Column("known_on", sa.Date(), nullable=True),
        sa.Column("ask", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["campaign_id"], ["campaign.id"], name=op.f("fk_fact_campaign_id_campaign")),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_fact_message_id_message")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact")),
        sa.UniqueConstraint(
            "campaign_id", "message_id", "key", name=op.f("uq_fact_campaign_id_message_id_key")
        ),
    )
    with op.batch_alter_table("fact", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_fact_campaign_id"), ["campaign_id"], unique=False)

    op.create_table(
        "message_choice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("participation_id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("choice", sa.String(length=32), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_message_choice_message_id_message")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "participation_id"],
            ["participation.organisation_id", "participation.id"],
            name=op.f("fk_message_choice_organisation_id_participation_id_participation"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_message_choice_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_choice")),
        sa.UniqueConstraint(
            "participation_id", "message_id", name=op.f("uq_message_choice_participation_id_message_id")
        ),
    )
    with op.batch_alter_table("message_choice", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_message_choice_organisation_id"), ["organisation_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_message_choice_participation_id"), ["participation_id"], unique=False
        )

    op.create_table(
        "message_picture",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("media_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("alt", sa.JSON(), nullable=False),
        sa.Column("focus", sa.JSON(), nullable=False),
        sa.Column("credit", sa.String(), nullable=False),
        sa.Column("licence", sa.String(), nullable=False),
        sa.Column("consent", sa.String(), nullable=True),
        sa.Column("valid_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("covers", sa.JSON(), nullable=True),
        sa.Column("channels", sa.JSON(), nullable=True),
        sa.ForeignKeyConstraint(["media_id"], ["media.id"], name=op.f("fk_message_picture_media_id_media")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["message.id"], name=op.f("fk_message_picture_message_id_message")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_picture")),
        sa.UniqueConstraint("message_id", "position", name=op.f("uq_message_picture_message_id_position")),
    )
    with op.batch_alter_table("message_picture", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_message_picture_message_id"), ["message_id"], unique=False)

    op.create_table(
        "paragraph",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("message_id", sa.Integer(), nullable=False),
        sa.Column("form", sa.String(length=24), nullable=False),
        sa.Column("arm", sa.String(length=1), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_paragraph_message_id_message")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paragraph")),
        sa.UniqueConstraint(
            "message_id", "form", "arm", "position", name=op.f("uq_paragraph_message_id_form_arm_position")
        ),
    )
    with op.batch_alter_table("paragraph", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_paragraph_message_id"), ["message_id"], unique=False)

    op.create_table(
        "adaptation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("participation_id", sa.Integer(), nullable=False),
        sa.Column("paragraph_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("base_version", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "participation_id"],
            ["participation.organisation_id", "participation.id"],
            name=op.f("fk_adaptation_organisation_id_participation_id_participation"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_adaptation_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(
            ["paragraph_id"], ["paragraph.id"], name=op.f("fk_adaptation_paragraph_id_paragraph")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_adaptation")),
        sa.UniqueConstraint(
            "participation_id",
            "paragraph_id",
            "language",
            name=op.f("uq_adaptation_participation_id_paragraph_id_language"),
        ),
    )
    with op.batch_alter_table("adaptation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_adaptation_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_adaptation_participation_id"), ["participation_id"], unique=False
        )

    op.create_table(
        "attempt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("worker", sa.String(), nullable=False),
        sa.Column("claimed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=60), nullable=True),
        sa.Column("diagnostic", sa.String(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "delivery_id"],
            ["delivery.organisation_id", "delivery.id"],
            name=op.f("fk_attempt_organisation_id_delivery_id_delivery"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_attempt_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
        sa.UniqueConstraint("delivery_id", "number", name=op.f("uq_attempt_delivery_id_number")),
    )
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_attempt_delivery_id"), ["delivery_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_attempt_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "fact_value",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("fact_id", sa.Integer(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.Integer(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["fact_id"], ["fact.id"], name=op.f("fk_fact_value_fact_id_fact")),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_fact_value_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["set_by"], ["person.id"], name=op.f("fk_fact_value_set_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fact_value")),
        sa.UniqueConstraint("organisation_id", "fact_id", name=op.f("uq_fact_value_organisation_id_fact_id")),
    )
    with op.batch_alter_table("fact_value", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_fact_value_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "history",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("move", sa.String(length=12), nullable=False),
        sa.Column("target", sa.String(length=32), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("actor", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.String(length=60), nullable=True),
        sa.Column("reason_values", sa.JSON(), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "delivery_id"],
            ["delivery.organisation_id", "delivery.id"],
            name=op.f("fk_history_organisation_id_delivery_id_delivery"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_history_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_history")),
    )
    with op.batch_alter_table("history", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_history_delivery_id"), ["delivery_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_history_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "sample",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("planned", sa.Integer(), nullable=False),
        sa.Column("metric", sa.String(length=12), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("age", sa.Double(), nullable=False),
        sa.Column("value", sa.Integer(), nullable=True),
        sa.Column("absent", sa.String(length=16), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "delivery_id"],
            ["delivery.organisation_id", "delivery.id"],
            name=op.f("fk_sample_organisation_id_delivery_id_delivery"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_sample_organisation_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sample")),
        sa.UniqueConstraint(
            "delivery_id", "planned", "metric", name=op.f("uq_sample_delivery_id_planned_metric")
        ),
    )
    with op.batch_alter_table("sample", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sample_organisation_id"), ["organisation_id"], unique=False)

    op.create_table(
        "wording",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("paragraph_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["paragraph_id"], ["paragraph.id"], name=op.f("fk_wording_paragraph_id_paragraph")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wording")),
        sa.UniqueConstraint("paragraph_id", "language", name=op.f("uq_wording_paragraph_id_language")),
    )
    with op.batch_alter_table("wording", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_wording_paragraph_id"), ["paragraph_id"], unique=False)

    for table in APPEND_ONLY:
        _refuse_changes(table)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in APPEND_ONLY:
            op.execute(f"DROP TRIGGER {table}_stays ON {table}")
        op.execute("DROP FUNCTION samklang_stays()")
    with op.batch_alter_table("wording", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_wording_paragraph_id"))

    op.drop_table("wording")
    with op.batch_alter_table("sample", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sample_organisation_id"))

    op.drop_table("sample")
    with op.batch_alter_table("history", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_history_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_history_delivery_id"))

    op.drop_table("history")
    with op.batch_alter_table("fact_value", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_fact_value_organisation_id"))

    op.drop_table("fact_value")
    with op.batch_alter_table("attempt", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_attempt_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_attempt_delivery_id"))

    op.drop_table("attempt")
    with op.batch_alter_table("adaptation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_adaptation_participation_id"))
        batch_op.drop_index(batch_op.f("ix_adaptation_organisation_id"))

    op.drop_table("adaptation")
    with op.batch_alter_table("paragraph", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_paragraph_message_id"))

    op.drop_table("paragraph")
    with op.batch_alter_table("message_picture", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_message_picture_message_id"))

    op.drop_table("message_picture")
    with op.batch_alter_table("message_choice", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_message_choice_participation_id"))
        batch_op.drop_index(batch_op.f("ix_message_choice_organisation_id"))

    op.drop_table("message_choice")
    with op.batch_alter_table("fact", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_fact_campaign_id"))

    op.drop_table("fact")
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_index("ix_delivery_try")
        batch_op.drop_index(
            "ix_delivery_sample",
            postgresql_where=sa.text("next_sample_at IS NOT NULL"),
            sqlite_where=sa.text("next_sample_at IS NOT NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_delivery_participation_id"))
        batch_op.drop_index(batch_op.f("ix_delivery_organisation_id"))
        batch_op.drop_index("ix_delivery_late")
        batch_op.drop_index(batch_op.f("ix_delivery_campaign_id"))

    op.drop_table("delivery")
    with op.batch_alter_table("sealed_login", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sealed_login_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_sealed_login_account_id"))

    op.drop_table("sealed_login")
    op.drop_table("pause")
    with op.batch_alter_table("participation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_participation_organisation_id"))
        batch_op.drop_index(batch_op.f("ix_participation_campaign_id"))

    op.drop_table("participation")
    with op.batch_alter_table("message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_message_campaign_id"))

    op.drop_table("message")
    with op.batch_alter_table("hold", schema=None) as batch_op:
        batch_op.drop_index("ix_hold_open")

    op.drop_table("hold")
    with op.batch_alter_table("approval", schema=None) as batch_op:
        batch_op.drop_index("ix_approval_snapshot")
        batch_op.drop_index(batch_op.f("ix_approval_organisation_id"))

    op.drop_table("approval")
    with op.batch_alter_table("snapshot", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_snapshot_organisation_id"))

    op.drop_table("snapshot")
    with op.batch_alter_table("organisation_group", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_organisation_group_organisation_id"))

    op.drop_table("organisation_group")
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_membership_organisation_id"))

    op.drop_table("membership")
    with op.batch_alter_table("media", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_media_sha256"))
        batch_op.drop_index(batch_op.f("ix_media_organisation_id"))

    op.drop_table("media")
    with op.batch_alter_table("campaign", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_campaign_organisation_id"))

    op.drop_table("campaign")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_entry_organisation_id"))

    op.drop_table("audit_entry")
    with op.batch_alter_table("account", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_account_organisation_id"))

    op.drop_table("account")
    op.drop_table("person")
    with op.batch_alter_table("organisation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_organisation_parent_id"))

    op.drop_table("organisation")
    op.drop_table("instance")
