"""The provider of `oidc-provider-mock` made strict, and dishonest on request: run with `python -m`.

It asks for PKCE and for the secret, which that one does not. `PUT /twist` says what to change in
the ID tokens that it gives from then on, and with which key to seal them.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import sys
from typing import Any
from urllib.parse import parse_qs, urlsplit

import flask
from joserfc import jwt
from joserfc.jwk import RSAKey
from oidc_provider_mock import app as make_app
from oidc_provider_mock._storage import storage
from werkzeug.serving import make_server


def strict(client: str, secret: str) -> flask.Flask:
    """The provider, which knows one installation and wants its proofs."""
    app, challenges = make_app(), {}

    @app.before_request
    def _demand() -> tuple[dict[str, str], int] | None:
        if flask.request.path != "/oauth2/token":
            return None
        form, auth = flask.request.form, flask.request.authorization
        proof = encoded(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        known = auth is not None and (auth.username, auth.password) == (client, secret)
        if known and challenges.get(form.get("code")) == proof:
            return None
        return {"error": "invalid_grant"}, 400

    @app.after_request
    def _remember(response: flask.Response) -> flask.Response:
        if flask.request.path == "/oauth2/authorize" and "code=" in (response.location or ""):
            code = parse_qs(urlsplit(response.location or "").query)["code"][0]
            challenges[code] = flask.request.args.get("code_challenge")
        return response

    return app


def make_twistable(app: flask.Flask) -> None:
    """Let its answers be changed as somebody would who is not to be trusted."""
    twist: dict[str, Any] = {}

    @app.put("/twist")
    def _twist() -> tuple[str, int]:
        twist.clear()
        twist.update(flask.request.get_json())
        return "", 204

    @app.after_request
    def _change(response: flask.Response) -> flask.Response:
        if twist and flask.request.path == "/oauth2/token" and response.status_code == 200:
            answer = response.get_json()
            answer["id_token"] = _twisted(answer["id_token"], twist)
            response.set_data(json.dumps(answer))
        return response


def _twisted(token: str, twist: dict[str, Any]) -> str:
    own = RSAKey.import_key(storage.jwk.as_dict(is_private=True))
    claims = jwt.decode(token, own).claims | twist.get("claims", {})
    header = {"alg": "RS256", "kid": own.kid}
    match twist.get("seal"):
        case "stranger":
            return jwt.encode(header, claims, RSAKey.generate_key(2048))
        case "none":
            parts = ({"alg": "none"}, claims)
            return ".".join(encoded(json.dumps(part).encode()) for part in parts) + "."
        case "garbage":
            return "x"
        case _:
            return jwt.encode(header, claims, own)


def encoded(raw: bytes) -> str:
    """Bytes in the alphabet of addresses, without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


if __name__ == "__main__":
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # it listens on this machine only
    provider = strict(*sys.argv[2:])
    make_twistable(provider)
    make_server("localhost", int(sys.argv[1]), provider, threaded=True).serve_forever()
