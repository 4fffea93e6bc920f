"""Customers and products."""

from database import pool
from models import Customer, NewCustomer, Product, Refusal
from psycopg.errors import UniqueViolation

PRODUCTS = """
    SELECT id, sku, name, price_cents, attributes, coalesce(quantity, 0) AS in_stock
    FROM products LEFT JOIN stock ON product_id = id
"""
CUSTOMERS = "SELECT id, name, email, created_at FROM customers ORDER BY id"
ADD_CUSTOMER = "INSERT INTO customers (name, email) VALUES (%s, %s) RETURNING id, name, email, created_at"


def products() -> list[Product]:
    with pool.connection() as connection:
        return [Product(**row) for row in connection.execute(PRODUCTS + "ORDER BY sku")]


def product(sku: str) -> Product:
    with pool.connection() as connection:
        for row in connection.execute(PRODUCTS + "WHERE sku = %s", [sku]):
            return Product(**row)
    raise Refusal(404, "UNKNOWN_PRODUCT", f"There is no product '{sku}'.", sku=sku)


def customers() -> list[Customer]:
    with pool.connection() as connection:
        return [Customer(**row) for row in connection.execute(CUSTOMERS)]


def add_customer(new: NewCustomer) -> Customer:
    try:
        with pool.connection() as connection:
            (row,) = connection.execute(ADD_CUSTOMER, [new.name, new.email])
    except UniqueViolation as error:
        raise Refusal(409, "EMAIL_TAKEN", "There is a customer with this address.") from error
    return Customer(**row)
