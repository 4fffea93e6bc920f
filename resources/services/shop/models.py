"""The JSON that goes in and out, and what the shop says when it refuses."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field


class Refusal(Exception):
    """An HTTP status, a code for programs, a sentence for people, and what it is about."""

    def __init__(self, http_status: int, code: str, message: str, **about: Any) -> None:
        super().__init__(message)
        self.http_status = http_status
        self.body = {"code": code, "message": message, **about}


class NewCustomer(BaseModel):
    name: str = Field(pattern=r"\S", max_length=200)
    email: str = Field(pattern=r"^[^@\s]+@[^@\s]+$", max_length=200)


class Customer(NewCustomer):
    id: int
    created_at: datetime


class Product(BaseModel):
    id: int
    sku: str
    name: str
    price_cents: int
    attributes: dict[str, Any]
    in_stock: int


class NewLine(BaseModel):
    sku: str
    quantity: int = Field(ge=1, le=1000)


class NewOrder(BaseModel):
    customer_id: int
    card: str = Field(pattern=r"^[0-9]{4}(-[0-9]{4}){3}$")
    lines: list[NewLine] = Field(min_length=1, max_length=100)


class Line(BaseModel):
    product_id: int
    sku: str
    quantity: int
    price_cents: int


class Order(BaseModel):
    id: int
    reference: UUID
    customer_id: int
    status: Literal["paid", "shipped", "cancelled"]
    currency: str
    total_cents: int
    charge_id: str | None
    placed_at: datetime
    shipped_at: datetime | None
    lines: list[Line]
