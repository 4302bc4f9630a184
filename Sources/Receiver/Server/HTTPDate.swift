import Foundation
import Synchronization

/// The value of the header Date (RFC 9110, 5.6.7).
enum HTTPDate {
    /// The latest value, which is renewed once per second.
    private static let latest = Mutex((moment: time_t(-1), text: ""))

    static var now: String {
        let moment = time(nil)
        return latest.withLock { latest in
            if latest.moment != moment { latest = (moment, text(of: moment)) }
            return latest.text
        }
    }

    private static func text(of moment: time_t) -> String {
        var moment = moment
        var parts = tm()
        gmtime_r(&moment, &parts)
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let day = "\(days[Int(parts.tm_wday)]), \(two(parts.tm_mday)) \(months[Int(parts.tm_mon)]) \(parts.tm_year + 1900)"
        return "\(day) \(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec)) GMT"
    }

    private static func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
