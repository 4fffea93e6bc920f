"""Orders: placed and paid in one transaction, shipped a moment later, or cancelled before that."""

import logging
from collections import Counter
from uuid import uuid4

import payments
import psycopg
import settings
from database import Connection, pool
from models import Line, NewOrder, Order, Refusal
from psycopg.types.json import Jsonb

log = logging.getLogger("shop")

ORDER = """
    SELECT orders.id, reference, customer_id, status, currency, total_cents, charge_id, placed_at, shipped_at
    FROM orders LEFT JOIN payments ON order_id = orders.id WHERE orders.id = %s
"""
LINES = """
    SELECT product_id, sku, quantity, order_lines.price_cents
    FROM order_lines JOIN products ON product_id = products.id WHERE order_id = %s ORDER BY sku
"""
PRICES = "SELECT id AS product_id, sku, price_cents FROM products WHERE sku = ANY(%s)"
# Everybody locks stock in the order of the keys, so that nobody waits in a circle.
STOCK = "SELECT product_id, quantity FROM stock WHERE product_id = ANY(%s) ORDER BY product_id FOR UPDATE"
ADD_ORDER = "INSERT INTO orders (reference, customer_id, currency, total_cents) VALUES (%s, %s, %s, %s) RETURNING id"
ADD_LINE = "INSERT INTO order_lines (order_id, product_id, quantity, price_cents) VALUES (%s, %s, %s, %s)"
ADD_PAYMENT = "INSERT INTO payments (order_id, charge_id, amount_cents, card_last4, answer) VALUES (%s, %s, %s, %s, %s)"
CHANGE_STOCK = "UPDATE stock SET quantity = quantity + %s WHERE product_id = %s"
ADD_MOVEMENT = "INSERT INTO stock_movements (order_id, reason, change, product_id) VALUES (%s, %s, %s, %s)"
SHIP = """
    UPDATE orders SET status = 'shipped', shipped_at = now()
    WHERE status = 'paid' AND placed_at <= now() - make_interval(secs => %s) RETURNING id
"""


def place(new: NewOrder) -> Order:
    charged: list[str] = []
    try:
        return _place(new, charged)
    except psycopg.Error:
        for reference in charged:
            payments.void(reference)  # nobody pays for an order that could not be stored
        raise


def _place(new: NewOrder, charged: list[str]) -> Order:
    with pool.connection() as connection:
        _require_customer(connection, new.customer_id)
        lines = _priced(connection, new)
        _require_stock(connection, lines)
        # Charged while the stock is locked: nobody pays for what somebody else gets.
        total, reference = sum(line.quantity * line.price_cents for line in lines), str(uuid4())
        charge = payments.charge(total, reference, card=new.card)
        charged.append(reference)
        (row,) = connection.execute(ADD_ORDER, [reference, new.customer_id, settings.CURRENCY, total])
        for line in lines:
            connection.execute(ADD_LINE, [row["id"], line.product_id, line.quantity, line.price_cents])
            _move_stock(connection, row["id"], "order", line.product_id, -line.quantity)
        connection.execute(ADD_PAYMENT, [row["id"], charge["id"], total, new.card[-4:], Jsonb(charge)])
        order = _find(connection, row["id"])
    bought = ", ".join(f"{line.quantity} x {line.sku}" for line in order.lines)
    price = f"{total / 100:.2f} {order.currency}"
    log.info("order %s placed: customer %s, %s, %s", order.id, order.customer_id, bought, price)
    return order


def find(order_id: int) -> Order:
    with pool.connection() as connection:
        return _find(connection, order_id)


def cancel(order_id: int) -> Order:
    with pool.connection() as connection:
        connection.execute("SELECT FROM orders WHERE id = %s FOR UPDATE", [order_id])
        order = _find(connection, order_id)
        if order.status != "paid":
            message = f"Order {order_id} is {order.status}, it cannot be cancelled."
            raise Refusal(409, "NOT_CANCELLABLE", message, order_id=order_id, status=order.status)
        _locked_stock(connection, order.lines)
        for line in order.lines:
            _move_stock(connection, order_id, "cancellation", line.product_id, line.quantity)
        connection.execute("UPDATE orders SET status = 'cancelled' WHERE id = %s", [order_id])
        connection.execute("UPDATE payments SET refunded_at = now() WHERE order_id = %s", [order_id])
        if order.charge_id is not None:
            payments.refund(order.charge_id, order.total_cents)
    log.info("order %s cancelled", order_id)
    return order.model_copy(update={"status": "cancelled"})


def ship() -> None:
    with pool.connection() as connection:
        shipped = connection.execute(SHIP, [settings.SHIP_AFTER]).fetchall()
    for row in shipped:
        log.info("order %s shipped", row["id"])


def _require_customer(connection: Connection, customer_id: int) -> None:
    if not connection.execute("SELECT FROM customers WHERE id = %s FOR KEY SHARE", [customer_id]).rowcount:
        raise Refusal(422, "UNKNOWN_CUSTOMER", f"There is no customer {customer_id}.", customer_id=customer_id)


def _priced(connection: Connection, new: NewOrder) -> list[Line]:
    """The lines with their prices; lines for the same product become one."""
    wanted: Counter[str] = Counter()
    for line in new.lines:
        wanted[line.sku] += line.quantity
    found = {row["sku"]: row for row in connection.execute(PRICES, [list(wanted)])}
    for sku in wanted:
        if sku not in found:
            raise Refusal(422, "UNKNOWN_PRODUCT", f"There is no product '{sku}'.", sku=sku)
    return [Line(**found[sku], quantity=quantity) for sku, quantity in wanted.items()]


def _locked_stock(connection: Connection, lines: list[Line]) -> dict[int, int]:
    rows = connection.execute(STOCK, [[line.product_id for line in lines]])
    return {row["product_id"]: row["quantity"] for row in rows}


def _require_stock(connection: Connection, lines: list[Line]) -> None:
    stock = _locked_stock(connection, lines)
    for line in lines:
        left = stock.get(line.product_id, 0)
        if left < line.quantity:
            message = f"{line.quantity} x {line.sku} were ordered, {left} are left."
            raise Refusal(409, "OUT_OF_STOCK", message, sku=line.sku, ordered=line.quantity, in_stock=left)


def _move_stock(connection: Connection, order_id: int, reason: str, product_id: int, change: int) -> None:
    connection.execute(CHANGE_STOCK, [change, product_id])
    connection.execute(ADD_MOVEMENT, [order_id, reason, change, product_id])


def _find(connection: Connection, order_id: int) -> Order:
    for row in connection.execute(ORDER, [order_id]):
        return Order(**row, lines=[Line(**line) for line in connection.execute(LINES, [order_id])])
    raise Refusal(404, "UNKNOWN_ORDER", f"There is no order {order_id}.", order_id=order_id)
