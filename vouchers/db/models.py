"""The table of number series."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from vouchers.db.base import Base
from vouchers.db.columns import RowId


class NumberSeries(Base):
    """The last number given in one series."""

    __tablename__ = "number_series"

    series: Mapped[str] = mapped_column(String(80), primary_key=True)
    last: Mapped[int] = mapped_column(RowId)
