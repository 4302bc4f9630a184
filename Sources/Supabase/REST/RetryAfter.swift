import Messaging

/// The value of the header Retry-After: seconds, or an HTTP date (RFC 9110, 10.2.3).
struct RetryAfter {
    /// At least zero.
    let duration: Duration

    /// Nil if the text is neither.
    init?(_ text: String, at now: Instant) {
        if let seconds = Int64(text), seconds >= 0 {
            duration = .seconds(min(seconds, 86_400))
        } else if let date = Instant(httpDate: text) {
            duration = max(.zero, date.since(now))
        } else {
            return nil
        }
    }
}

extension Instant {
    /// Reads `Sun, 06 Nov 1994 08:49:37 GMT`, the only form that may be sent (RFC 9110, 5.6.7).
    fileprivate init?(httpDate text: String) {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let parts = text.split(separator: " ")
        guard parts.count == 6, parts[5] == "GMT", let month = months.firstIndex(of: String(parts[2])) else { return nil }
        self.init(rfc3339: "\(parts[3])-\(month < 9 ? "0" : "")\(month + 1)-\(parts[1])T\(parts[4])Z")
    }
}
