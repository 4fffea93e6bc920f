-- What was bought, how it was paid, and what that took from the stock.

CREATE TYPE order_status AS ENUM ('paid', 'shipped', 'cancelled');

CREATE TABLE orders (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    reference   uuid NOT NULL UNIQUE DEFAULT gen_random_uuid(),
    customer_id bigint NOT NULL REFERENCES customers,
    status      order_status NOT NULL DEFAULT 'paid',
    currency    text NOT NULL DEFAULT 'EUR' CHECK (currency ~ '^[A-Z]{3}$'),
    total_cents bigint NOT NULL CHECK (total_cents >= 0),
    placed_at   timestamptz NOT NULL DEFAULT now(),
    shipped_at  timestamptz,
    CHECK ((status = 'shipped') = (shipped_at IS NOT NULL))
);

CREATE INDEX orders_customer_id ON orders (customer_id);
CREATE INDEX orders_to_ship ON orders (placed_at) WHERE status = 'paid';

CREATE TABLE order_lines (
    order_id     bigint NOT NULL REFERENCES orders ON DELETE CASCADE,
    product_id   bigint NOT NULL REFERENCES products,
    quantity     integer NOT NULL CHECK (quantity > 0),
    price_cents  integer NOT NULL CHECK (price_cents > 0),
    amount_cents bigint GENERATED ALWAYS AS (quantity::bigint * price_cents) STORED,
    PRIMARY KEY (order_id, product_id)
);

CREATE TABLE payments (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id     bigint NOT NULL UNIQUE REFERENCES orders ON DELETE CASCADE,
    charge_id    text NOT NULL,
    amount_cents bigint NOT NULL CHECK (amount_cents >= 0),
    card_last4   text NOT NULL CHECK (card_last4 ~ '^[0-9]{4}$'),
    answer       jsonb NOT NULL,
    paid_at      timestamptz NOT NULL DEFAULT now(),
    refunded_at  timestamptz
);

CREATE TABLE stock_movements (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product_id bigint NOT NULL REFERENCES products ON DELETE CASCADE,
    order_id   bigint REFERENCES orders ON DELETE SET NULL,
    change     integer NOT NULL CHECK (change <> 0),
    reason     text NOT NULL CHECK (reason IN ('delivery', 'order', 'cancellation')),
    moved_at   timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX stock_movements_order_id ON stock_movements (order_id);
