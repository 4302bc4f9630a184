import Forms
import JSON
import Journal
import Messaging
import SwitchboardTesting
import Testing

@testable import Replay

// Locations.
extension RedactionTests {
    private static let (latitude, longitude) = ("18.5167264", "73.8562551")

    @Test(
        "A location is replaced by a distant place, the same wherever it occurs",
        arguments: [
            "LAT, LON", "LAT,LON", "geo:LAT,LON", "geo:LAT,LON;u=35", "I am at LAT LON, come here soon",
            "https://maps.google.com/?q=LAT,LON",
            "https://www.google.com/maps/@LAT,LON,17z/data=!3dLAT!4dLON", "ll=LAT%2CLON", "NLAT ELON", "POINT(LON LAT)", "LAT",
            "1 LAT 2 LON",
            "call me on 91 LAT",
        ])
    func place(written: String) throws {
        let text = written.replacing("LAT", with: Self.latitude).replacing("LON", with: Self.longitude)
        let body = """
            {"latitude":\(Self.latitude),"longitude":\(Self.longitude),"Latitude":"\(Self.latitude)","text":"\(text)",\
            "coordinates":[\(Self.longitude),\(Self.latitude)],"data":{"at":\(Self.latitude)}}
            """
        let json = try JSON(parsing: redacted(delivery(body)).delivery.body)
        let (latitude, longitude) = (try #require(json["latitude"].text), try #require(json["longitude"].text))
        #expect(try abs(#require(Double(latitude)) - 18.5167264) >= 10 && abs(#require(Double(latitude))) <= 90)
        #expect(try abs(#require(Double(longitude)) - 73.8562551) >= 10 && abs(#require(Double(longitude))) <= 180)
        #expect(latitude.count == 10 && longitude.count == 10)
        #expect(json["Latitude"].string == latitude && json["coordinates"][1].text == latitude && json["coordinates"][0].text == longitude)
        #expect(json["data"]["at"].text == latitude)
        let fake = try #require(json["text"].string)
        #expect(fake.contains(latitude) == written.contains("LAT") && fake.contains(longitude) == written.contains("LON"))
        for digits in ["18.5", "73.8", "5167264", "8562551"] { #expect(!fake.contains(digits), "\(fake)") }
    }

    @Test(
        "Degrees in any form become distant, valid degrees",
        arguments: [
            "0.5", "-0.1278", "5", "9.99999999", "18", "18.50", "-33.86", "51.5074", "89.9999", "90", "90.0000001", "99.5", "100",
            "-122.4194",
            "179.999999", "-180", "08.1234",
        ])
    func degrees(text: String) throws {
        for key in ["latitude", "longitude", "lat", "lng", "start_longitude", "home_lat"] {
            let fake = try value(key, text)
            let (former, number) = (try #require(Double(text)), try #require(Double(fake)))
            #expect(abs(former - number) >= (abs(former) < 10 ? 3 : 10) && abs(number) <= (abs(former) < 100 ? 90 : 180), "\(fake)")
            #expect(fake.count == text.count && fake.hasPrefix("-") == text.hasPrefix("-"))
            #expect(try value(key, text) == fake)
        }
        // The same place, with zeros added.
        guard text.contains("."), let short = Double(text) else { return }
        #expect(try Double(value("lat", text)) == Double(value("lat", "\(short)")))
    }

    @Test("A phone that resembles degrees of another unit does not keep its beginning", arguments: ["185167264", "919876543210"])
    func otherDegrees(digits: String) throws {
        let json = try JSON(parsing: redacted(delivery(#"{"latitudeE7":\#(digits),"longitude":"\#(digits)"}"#)).delivery.body)
        for fake in [json["latitudeE7"].text, json["longitude"].string] {
            #expect(fake?.count == digits.count && fake?.hasPrefix(digits.prefix(4)) == false)
        }
    }

    @Test("Locations in a form and in its text have the same fakes")
    func placesOfForm() throws {
        var original = delivery("Latitude=12.971599&Longitude=-77.594566&Body=at+12.971599%2C-77.594566", to: "twilio")
        original.headers = [.init("content-type", "application/x-www-form-urlencoded")]
        let fields = Form(String(decoding: redacted(original).delivery.body, as: UTF8.self))
        let (latitude, longitude) = (try #require(fields["Latitude"]), try #require(fields["Longitude"]))
        #expect(fields["Body"]?.hasSuffix(" \(latitude),\(longitude)") == true)
        #expect(latitude != "12.971599" && longitude.hasPrefix("-") && longitude != "-77.594566")
    }

    @Test("A phone that is written like degrees is treated as a phone", arguments: ["91.9876543210", "91.98765 43210", "+91.9876543210"])
    func phoneWithPoint(phone: String) throws {
        let json = try JSON(parsing: redacted(delivery(#"{"from":"919876543210","text":"call \#(phone)"}"#)).delivery.body)
        #expect(json["text"].string?.filter(\.isNumber) == json["from"].string)
    }

    @Test(
        "The time for a text full of degrees grows only in proportion to its length",
        arguments: ["18.5167264 ", "1 18.5167 ", "N18.5167", "1.2345 ", "18.51,73.85 ", "%2B1", "12,", "98765 43210 1.2345 "])
    func manyPlaces(piece: String) throws {
        let text = String(repeating: piece, count: 40_000 / piece.count)
        var fake = ""
        let time = try processorTime { fake = try value("body", text) }
        #expect(fake.count == text.count && time < .seconds(60))
    }
}
