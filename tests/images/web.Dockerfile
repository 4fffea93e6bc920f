# A small image with a web server, for the tests of containers.
FROM integrationlibrary/base
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends python3 && rm -rf /var/lib/apt/lists/*
WORKDIR /srv
RUN echo hello > index.html
CMD ["python3", "-u", "-m", "http.server", "8000"]
