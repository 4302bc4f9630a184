import Foundation
import HTTPTransport
import JSON
import Messaging
import Signing

/// Says at which hop a trial delivery failed: name, connection, TLS, a proxy, or a gateway with other settings.
struct Hop {
    private let webhook: WebhookAddress

    init(_ webhook: WebhookAddress) { self.webhook = webhook }

    // MARK: Without an answer

    /// The finding for a request without an answer.
    func finding(of error: HTTPTransportError) -> Finding {
        let text = error.message
        switch error.code {
        case .unreachable where error.isUnknownHost:
            return Finding(
                .fail, "webhook.dns", "the host name of \(webhook) is unknown",
                advice: "correct server.public_url, or create the name's DNS record (A, AAAA or CNAME)")
        case .timedOut where text.hasPrefix("Resolving timed out"):
            return Finding(
                .fail, "webhook.dns", "no DNS server answers for the host name of \(webhook)",
                advice: "check the resolver of this machine, and the name servers of the domain")
        case .unreachable:
            return Finding(
                .fail, "webhook.tcp", "nothing accepts connections at \(webhook)",
                advice: "start the proxy or the gateway, and check host and port of server.public_url")
        case .timedOut where text.hasPrefix("SSL connection"):
            return Finding(
                .fail, "webhook.tls", "the TLS handshake with \(webhook) takes too long", advice: "check the server that ends TLS")
        case .timedOut where Self.isOfConnecting(text):
            return Finding(
                .fail, "webhook.tcp", "\(webhook) does not answer to connections",
                advice: "open the port in the firewall, and check that the name leads to the right machine")
        case .timedOut:
            return Finding(
                .fail, "webhook.answer", "\(webhook) accepts the connection but does not answer",
                advice: "check that the proxy reaches the gateway, and the gateway's log")
        case .tls: return tls(error)
        default:
            return Finding(
                .fail, "webhook.answer", "the connection to \(webhook) ends before there is an answer (\(error.code))",
                advice: "check the log of the proxy: it closes the connection, or the gateway behind it does")
        }
    }

    private static func isOfConnecting(_ text: String) -> Bool {
        text.hasPrefix("Connection timed out") || text.hasPrefix("Connection timeout") || text.hasPrefix("Failed to connect")
    }

    /// The texts are OpenSSL's (X509_verify_cert_error_string) and libcurl's.
    private func tls(_ error: HTTPTransportError) -> Finding {
        let text = error.message
        func fail(_ message: String, _ advice: String) -> Finding { Finding(.fail, "webhook.tls", message, advice: advice) }
        if text.contains("certificate has expired") {
            return fail("the certificate of \(webhook) has expired", "renew the certificate where TLS ends, and load it there")
        }
        if text.contains("subject name") {
            return fail(
                "the certificate of \(webhook) is for another host name", "install a certificate for the host name of server.public_url")
        }
        if text.contains("self-signed") || text.contains("self signed") || text.contains("local issuer") {
            return fail(
                "the certificate of \(webhook) is not from an authority that this machine knows",
                "install a certificate of a public authority together with its intermediate certificates (fullchain.pem): providers accept "
                    + "no others")
        }
        return fail("no TLS connection to \(webhook): \(error.tlsReason ?? "TLS failed")", "check the server that ends TLS")
    }

    // MARK: With another answer

    /// The finding for an answer that is not a gateway's to a trial delivery.
    func finding(of response: IncomingResponse, at now: Instant) -> Finding {
        if let problem = GatewayProblem(response) { return finding(of: problem, response, at: now) }
        let status = response.status
        let name = response.header("server").map { "“\($0.prefix(40))”" }
        let server = name.map { " by \($0)" } ?? ""
        func fail(_ message: String, _ advice: String) -> Finding { Finding(.fail, "webhook.answer", message, advice: advice) }
        switch status {
        case 200..<300:
            return fail(
                """
                another server than the gateway\(name.map { ", \($0)," } ?? "") answers \(status) at \(webhook): webhooks are lost that providers \
                take for delivered
                """,
                "let the proxy pass /webhooks/ on to the gateway; if the gateway is of an earlier version, upgrade it")
        case 300..<400:
            let target = response.header("location").map { WebhookAddress($0).description } ?? "another URL"
            return fail(
                "\(webhook) is redirected to \(target) (\(status)); providers do not follow redirects",
                "enter the final URL at the provider and as server.public_url, or end the redirection of /webhooks/")
        case 401:
            return fail(
                "a proxy asks for a password at \(webhook) (401\(server))", "exempt /webhooks/ from the proxy's authentication")
        case 403:
            return fail(
                "a proxy or firewall forbids the request to \(webhook) (403\(server))",
                "allow POST to /webhooks/ there, from any address, or from those of the provider")
        case 404, 405:
            return fail(
                "a proxy does not pass \(webhook) on to the gateway (\(status)\(server))",
                "let the proxy pass /webhooks/ on with the path unchanged")
        case 413:
            return fail(
                "a proxy refuses the body at \(webhook) (413\(server))",
                "raise its limit for bodies to that of the gateway (server.body_limit)")
        case 502, 503, 504:
            return fail(
                "the proxy at \(webhook) does not reach the gateway (\(status)\(server))",
                "start the gateway, and check the address to which the proxy passes requests")
        default:
            return fail("\(webhook) answers \(status)\(server), which is not a gateway's answer", "check the log of the proxy")
        }
    }

    /// The gateway, or another one, has refused the request.
    private func finding(of problem: GatewayProblem, _ response: IncomingResponse, at now: Instant) -> Finding {
        let skew = response.header("date").flatMap(Self.seconds).map { abs($0 - now.milliseconds / 1000) } ?? 0
        func fail(_ message: String, _ advice: String) -> Finding { Finding(.fail, "webhook.answer", message, advice: advice) }
        switch problem.status {
        case 401 where skew > TrialMark.tolerance:
            return fail(
                "the clocks of this machine and of \(webhook) differ by \(skew) seconds", "synchronize both clocks (NTP)")
        case 401:
            return fail(
                "the gateway at \(webhook) has another secret for this account, or is of an earlier version: it answers 401",
                "compare `secrets` of both settings, and reload the gateway if they were changed; a proxy must pass on the header "
                    + "Switchboard-Trial")
        case 404:
            return fail(
                "the gateway at \(webhook) has no such account: \(problem.detail)",
                "add the account to that gateway's settings and reload it, or let the proxy leave the path unchanged")
        default:
            return fail(
                "the gateway at \(webhook) refuses the request (\(problem.status)): \(problem.detail)",
                "see the gateway's log and /readyz")
        }
    }

    /// Seconds since 1970 of an HTTP date (RFC 9110, 5.6.7).
    private static func seconds(_ date: String) -> Int64? {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.timeZone = TimeZone(secondsFromGMT: 0)
        formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
        return formatter.date(from: date).map { Int64($0.timeIntervalSince1970) }
    }
}

/// An error in a gateway's form (RFC 9457).
private struct GatewayProblem {
    let status: Int
    let detail: String

    init?(_ response: IncomingResponse) {
        guard response.header("content-type") == "application/problem+json", let json = try? JSON(parsing: response.body),
            json["type"].string == "about:blank", let detail = json["detail"].string
        else { return nil }
        status = response.status
        self.detail = String(detail.prefix(200))
    }
}
