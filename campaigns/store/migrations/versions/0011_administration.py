"""Substitutes, what an organisation says about being seen, assessments of accounts, and rehearsals of a stop."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.add_column(sa.Column("begins_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("ends_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("stands_in_for", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_membership_stands_in_for_person"), "person", ["stands_in_for"], ["id"]
        )
    op.add_column("organisation", sa.Column("named", sa.Boolean(), nullable=True))
    op.add_column(
        "organisation", sa.Column("public_page", sa.Boolean(), nullable=False, server_default=sa.true())
    )
    op.add_column("organisation", sa.Column("settled", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("account", sa.Column("assessment", sa.String(), nullable=True))
    op.add_column("account", sa.Column("assessment_review_on", sa.Date(), nullable=True))
    _add_drills()


def _add_drills() -> None:
    op.create_table(
        "stop_drill",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(length=32), nullable=False),
        sa.Column("target_id", sa.Integer(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.Integer(), nullable=True),
        sa.Column("clock_saw_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("written", sa.Double(), nullable=True),
        sa.Column("places", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id", "account_id"],
            ["account.organisation_id", "account.id"],
            name=op.f("fk_stop_drill_organisation_id_account"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"], ["organisation.id"], name=op.f("fk_stop_drill_organisation_id_organisation")
        ),
        sa.ForeignKeyConstraint(["set_by"], ["person.id"], name=op.f("fk_stop_drill_set_by_person")),
        sa.ForeignKeyConstraint(
            ["target_id"], ["organisation.id"], name=op.f("fk_stop_drill_target_id_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stop_drill")),
    )
    with op.batch_alter_table("stop_drill", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stop_drill_organisation_id"), ["organisation_id"], unique=False)


def downgrade() -> None:
    op.drop_table("stop_drill")
    op.drop_column("account", "assessment_review_on")
    op.drop_column("account", "assessment")
    op.drop_column("organisation", "settled")
    op.drop_column("organisation", "public_page")
    op.drop_column("organisation", "named")
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_membership_stands_in_for_person"), type_="foreignkey")
        batch_op.drop_column("stands_in_for")
        batch_op.drop_column("ends_on")
        batch_op.drop_column("begins_on")
