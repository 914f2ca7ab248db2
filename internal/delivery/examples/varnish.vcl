# Varnish fetches images through the gateway (GATEWAY), and from ORIGIN only while the gateway is away.
vcl 4.1;
import directors;

backend gateway {
    .host = "GATEWAYHOST";
    .port = "GATEWAYPORT";
    .probe = { .url = "/-/healthy"; .interval = 1s; .timeout = 1s; .window = 3; .threshold = 2; .initial = 3; }
}
backend origin {
    .host = "ORIGINHOST";
    .port = "ORIGINPORT";
}

sub vcl_init {
    new images = directors.fallback();
    images.add_backend(gateway);
    images.add_backend(origin);
}

sub vcl_recv {
    set req.backend_hint = images.backend();
    # A path that is written otherwise would be stored under an address that no ban knows, where the origin answers while the gateway is away.
    if (req.url ~ "(?i)^[^?]*(//|/[.]|\\|%(2[def]|3[0-9]|4[1-9a-f]|5[0-9acf]|6[1-9a-f]|7[0-9ae]))") {
        return (pass);
    }
}

sub vcl_backend_response {
    # What is banned by: bans must not look at requests.
    set beresp.http.x-url = bereq.url;
    if (beresp.http.Cache-Control ~ "no-store") {
        set beresp.uncacheable = true;
        set beresp.ttl = 120s;
        return (deliver);
    }
    # An old image must not be served while a new one is fetched.
    set beresp.grace = 0s;
}

sub vcl_backend_error {
    # The gateway cuts an answer that must not go out any more; the next one is the reference.
    if (bereq.retries < 2) {
        return (retry);
    }
}

sub vcl_deliver {
    unset resp.http.x-url;
}
