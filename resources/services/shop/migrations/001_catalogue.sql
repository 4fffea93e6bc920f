-- Who buys, and what there is to buy.

CREATE TABLE customers (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL CHECK (name <> ''),
    email      text NOT NULL CHECK (email LIKE '%_@_%'),
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE UNIQUE INDEX customers_email_key ON customers (lower(email));

CREATE TABLE products (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sku         text NOT NULL UNIQUE CHECK (sku ~ '^[A-Z]+-[0-9]{2}$'),
    name        text NOT NULL CHECK (name <> ''),
    price_cents integer NOT NULL CHECK (price_cents > 0),
    attributes  jsonb NOT NULL DEFAULT '{}'
);

CREATE TABLE stock (
    product_id bigint PRIMARY KEY REFERENCES products ON DELETE CASCADE,
    quantity   integer NOT NULL CHECK (quantity >= 0)
);
