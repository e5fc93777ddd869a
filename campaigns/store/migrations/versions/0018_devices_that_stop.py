"""Devices that may set the emergency stop without a login."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "stop_device",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("device", sa.String(length=80), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_stop_device_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_stop_device_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stop_device")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_stop_device_token_hash")),
    )
    with op.batch_alter_table("stop_device", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stop_device_organisation_id"), ["organisation_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_stop_device_person_id"), ["person_id"], unique=False)


def downgrade() -> None:
    op.drop_table("stop_device")
