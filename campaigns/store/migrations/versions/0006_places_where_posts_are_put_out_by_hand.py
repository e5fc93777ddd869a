"""Places where posts are put out by hand, and the platforms that they cover; and when a login ends, and who renews it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column("account", sa.Column("covers", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("account", sa.Column("renew_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("account", sa.Column("renewing_until", sa.DateTime(timezone=True), nullable=True))
    op.add_column("account", sa.Column("login_ends_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("account", "login_ends_at")
    op.drop_column("account", "renewing_until")
    op.drop_column("account", "renew_at")
    op.drop_column("account", "covers")
