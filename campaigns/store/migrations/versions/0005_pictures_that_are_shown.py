"""Pictures that are shown to a platform for an hour, since it fetches them itself."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "shown_picture",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.id"],
            name=op.f("fk_shown_picture_organisation_id_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id", "delivery_id"],
            ["delivery.organisation_id", "delivery.id"],
            name=op.f("fk_shown_picture_organisation_id_delivery"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shown_picture")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_shown_picture_token_hash")),
    )
    with op.batch_alter_table("shown_picture", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_shown_picture_organisation_id"), ["organisation_id"], unique=False
        )


def downgrade() -> None:
    op.drop_table("shown_picture")
