"""A small web shop: customers, products, and orders that take stock and charge a card."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import catalogue
import orders
import psycopg
import settings
from database import pool
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from models import Refusal

logging.basicConfig(stream=sys.stdout, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
log = logging.getLogger("shop")
log.setLevel(logging.INFO)


@asynccontextmanager
async def lifespan(_: FastAPI) -> AsyncIterator[None]:
    await asyncio.sleep(settings.START_DELAY)
    with pool:  # does not wait for the database: /health tells when it is there
        shipping = asyncio.create_task(ship_paid_orders())
        yield
        shipping.cancel()


async def ship_paid_orders() -> None:
    while True:
        await asyncio.sleep(settings.SHIP_EVERY)
        try:
            await asyncio.to_thread(orders.ship)
        except psycopg.Error as error:
            log.warning("shipping waits for the database: %s", error)


app = FastAPI(title="Shop", lifespan=lifespan)


@app.get("/health")
def health() -> JSONResponse:
    try:
        with pool.connection(timeout=1.0) as connection:
            connection.execute("SELECT 1")
    except psycopg.Error:
        return JSONResponse({"status": "waiting for the database"}, 503)
    return JSONResponse({"status": "ready"})


app.get("/products")(catalogue.products)
app.get("/products/{sku}")(catalogue.product)
app.get("/customers")(catalogue.customers)
app.post("/customers", status_code=201)(catalogue.add_customer)
app.post("/orders", status_code=201)(orders.place)
app.get("/orders/{order_id}")(orders.find)
app.delete("/orders/{order_id}")(orders.cancel)


@app.exception_handler(Refusal)
async def refuse(request: Request, refusal: Refusal) -> JSONResponse:
    log.info("%s %s refused: %s, %s", request.method, request.url.path, refusal.body["code"], refusal)
    return JSONResponse(refusal.body, refusal.http_status)


@app.exception_handler(RequestValidationError)
async def refuse_invalid(request: Request, error: RequestValidationError) -> JSONResponse:
    # Only where and why: what was sent may hold the number of a card.
    errors = [{"field": ".".join(map(str, each["loc"][1:])), "problem": each["msg"]} for each in error.errors()]
    return await refuse(request, Refusal(422, "INVALID_REQUEST", "The request is not valid.", errors=errors))


@app.exception_handler(psycopg.DataError)
async def refuse_unstorable(request: Request, _: psycopg.DataError) -> JSONResponse:
    return await refuse(request, Refusal(422, "INVALID_REQUEST", "The database cannot store this.", errors=[]))


@app.exception_handler(psycopg.InterfaceError)
@app.exception_handler(psycopg.OperationalError)
async def refuse_without_database(request: Request, error: psycopg.Error) -> JSONResponse:
    log.warning("database: %s", error)
    return await refuse(request, Refusal(503, "DATABASE_UNAVAILABLE", "The database does not answer."))
