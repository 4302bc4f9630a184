// swift-tools-version:6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    // An async function runs on its caller's executor; otherwise every call would look up the executor of its task.
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

/// In addition: every unsafe construct is marked, and imports that are part of a module's API are declared as such.
///
/// Modules over a C library do not use this, since nearly every line would need a mark. The others without it are older: each of their
/// imports would have to be checked first.
let strictest = strict + [.strictMemorySafety(), .enableUpcomingFeature("InternalImportsByDefault")]

/// A Swift module of ours, in `Sources/<path>`.
func module(
    _ name: String, path: String? = nil, _ dependencies: [Target.Dependency] = [], settings: [SwiftSetting] = strict
) -> Target {
    .target(name: name, dependencies: dependencies, path: "Sources/\(path ?? name)", swiftSettings: settings)
}

/// The tests of a module, in `Tests/<name>Tests`.
func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(
        name: "\(name)Tests", dependencies: [.target(name: name)] + dependencies, path: "Tests/\(name)Tests",
        swiftSettings: strict)
}

let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let sqlite: Target.Dependency = .product(name: "GRDBSQLite", package: "GRDB.swift")
let hummingbird: Target.Dependency = .product(name: "Hummingbird", package: "hummingbird")
let hummingbirdCore: Target.Dependency = .product(name: "HummingbirdCore", package: "hummingbird")
let hummingbirdTesting: Target.Dependency = .product(name: "HummingbirdTesting", package: "hummingbird")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let metrics: Target.Dependency = .product(name: "Metrics", package: "swift-metrics")
let coreMetrics: Target.Dependency = .product(name: "CoreMetrics", package: "swift-metrics")
let tracing: Target.Dependency = .product(name: "Tracing", package: "swift-distributed-tracing")
let inMemoryTracing: Target.Dependency = .product(name: "InMemoryTracing", package: "swift-distributed-tracing")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let nio: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let hummingbirdTLS: Target.Dependency = .product(name: "HummingbirdTLS", package: "hummingbird")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTPTypesHTTP1: Target.Dependency = .product(name: "NIOHTTPTypesHTTP1", package: "swift-nio-extras")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let yams: Target.Dependency = .product(name: "Yams", package: "Yams")

let package = Package(
    name: "switchboard",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "switchboard", targets: ["switchboard"]),
        // What the adapters of other projects import, and the conformance suite for their tests.
        .library(name: "Messaging", targets: ["Messaging", "JSON", "Signing", "Forms"]),
        .library(name: "AdapterConformance", targets: ["AdapterConformance"]),
    ],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1"),
        .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.6"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-metrics.git", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing.git", from: "1.7.3"),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/jpsim/Yams.git", from: "6.2.2"),
    ],
    targets: [
        // C layer: each is imported by exactly one module.
        .systemLibrary(
            name: "CCurl", path: "Sources/CLibraries/CCurl", pkgConfig: "libcurl",
            providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(
            name: "COpenSSL", path: "Sources/CLibraries/COpenSSL", pkgConfig: "libcrypto",
            providers: [.apt(["libssl-dev"])]),
        .systemLibrary(
            name: "CPostgres", path: "Sources/CLibraries/CPostgres", pkgConfig: "libpq",
            providers: [.apt(["libpq-dev"])]),
        .systemLibrary(
            name: "CZstd", path: "Sources/CLibraries/CZstd", pkgConfig: "libzstd",
            providers: [.apt(["libzstd-dev"])]),
        .target(
            name: "CSimdJSON", path: "Sources/CLibraries/CSimdJSON",
            linkerSettings: [.linkedLibrary("simdjson")]),
        .target(
            name: "CPhoneNumber", path: "Sources/CLibraries/CPhoneNumber",
            linkerSettings: [.linkedLibrary("phonenumber")]),
        // The scripts of Config/supabase, which are embedded into the program; its folders are links to them.
        .target(name: "CScripts", path: "Sources/CLibraries/CScripts", exclude: ["migrations", "recipes"]),
        // The files of the console: they are in the program.
        .target(name: "CConsole", path: "Sources/CLibraries/CConsole", exclude: ["files"]),
        // Linked into the program for its constructor; nothing calls it.
        .target(name: "CBeforeMain", path: "Sources/CLibraries/CBeforeMain"),

        // leaf
        module("Spans", [tracing]),
        module("HTTPTransport", ["CCurl", "Spans", tracing]),
        module("Postgres", ["CPostgres"]),
        module("Signing", ["COpenSSL"]),
        module("Compression", ["CZstd"]),
        module("JSON", ["CSimdJSON"]),
        module("Forms"),
        module("Files", settings: strictest),
        module("PhoneNumbers", ["CPhoneNumber"]),
        module("Watchdog", [lifecycle, logging]),
        module("Telemetry", ["Files", coreMetrics], settings: strictest),
        module("Relay", settings: strictest),
        module("SQLiteStore", ["Files", "Watchdog", grdb, sqlite], settings: strictest),

        // core
        module("Messaging", ["JSON"]),
        module("CloudEvents", ["Messaging", "JSON", "PhoneNumbers", "Signing"]),

        // adapters, and the envelope that several of them read
        module("MetaEnvelope", path: "Channels/MetaEnvelope", ["Messaging", "JSON", "PhoneNumbers", "Signing"]),
        module("WhatsAppCloud", path: "Channels/WhatsAppCloud", ["MetaEnvelope", "Messaging", "Forms", "JSON", "Signing"]),
        module("Dialog360", path: "Channels/Dialog360", ["MetaEnvelope", "Messaging", "JSON", "Signing"]),
        module("Twilio", path: "Channels/Twilio", ["Messaging", "Forms", "JSON", "PhoneNumbers", "Signing"]),
        module("WebChat", path: "Channels/WebChat", ["CloudEvents", "Messaging"]),
        module("Kiosk", path: "Channels/Kiosk", ["CloudEvents", "Messaging"]),

        // store
        module(
            "Journal",
            [
                "SQLiteStore", "Messaging", "JSON", "PhoneNumbers", "Signing", "Compression", "Watchdog", "Telemetry", grdb, lifecycle,
                logging, metrics,
            ]),

        // persist
        module(
            "Supabase",
            [
                "CScripts", "Journal", "Postgres", "HTTPTransport", "Messaging", "JSON", "PhoneNumbers", "Signing", "Spans", "Telemetry",
                "Relay", lifecycle, logging, metrics, tracing,
            ]),
        module(
            "SpanExport",
            ["HTTPTransport", "Messaging", "JSON", "Relay", "Telemetry", lifecycle, logging, metrics, tracing]),

        // edge
        module(
            "Receiver",
            [
                "CConsole", "Journal", "Messaging", "Files", "Forms", "JSON", "PhoneNumbers", "Signing", "Spans", "Watchdog", "Telemetry",
                hummingbird, hummingbirdCore, hummingbirdTLS, nio, nioHTTP1, nioHTTPTypesHTTP1, nioSSL, httpTypes, lifecycle, logging,
                metrics, tracing,
            ]),
        module("Replay", ["Journal", "Messaging", "Files", "Forms", "HTTPTransport", "JSON", "PhoneNumbers", "Signing"]),

        // operations
        module(
            "Operations",
            [
                "Journal", "Supabase", "Replay", "Relay", "HTTPTransport", "Messaging", "PhoneNumbers", "Signing", "Files", "JSON", logging,
            ],
            settings: strictest),
        // /admin: presents operations over HTTP, as the executable does on a terminal
        module(
            "Administration",
            [
                "Operations", "Receiver", "Replay", "Supabase", "Journal", "Messaging", "Forms", "JSON", "PhoneNumbers", "Telemetry",
                lifecycle, httpTypes, logging,
            ]),

        // composition and the executable
        module(
            "SwitchboardApp",
            [
                "WhatsAppCloud", "WebChat", "Kiosk", "Dialog360", "Twilio", "Administration", "Operations", "Receiver", "Replay",
                "Supabase",
                "CBeforeMain", "Journal", "Messaging", "Files", "HTTPTransport", "Signing", "JSON", "SpanExport", "Spans", "Watchdog",
                "Telemetry",
                "PhoneNumbers", hummingbird, nio, nioPosix, lifecycle, unixSignals, logging, metrics, yams,
            ]),
        .executableTarget(
            name: "switchboard",
            dependencies: [
                "CBeforeMain", "SwitchboardApp", "Operations", "Receiver", "Supabase", "Replay", "HTTPTransport", "Journal",
                "Messaging", "Files", "Signing", "PhoneNumbers", "Telemetry", logging, metrics, argumentParser,
            ],
            path: "Sources/switchboard", swiftSettings: strict),

        // tests
        .target(
            name: "AdapterConformance", dependencies: ["Replay", "Journal", "Messaging", "JSON", "Signing"],
            path: "Tests/AdapterConformance", swiftSettings: strict),
        // Linked into the tests for its constructor; nothing calls it. Programs must not have it: once the environment was changed, Swift's
        // static runtime no longer finds the arguments of the process, which it looks for in front of the environment.
        .target(name: "CTestParallelism", path: "Tests/CTestParallelism"),
        .target(
            name: "SwitchboardTesting",
            dependencies: [
                "Messaging", "JSON", "HTTPTransport", "Postgres", grdb, hummingbird, httpTypes, nio, nioPosix,
                lifecycle, logging,
            ],
            path: "Tests/SwitchboardTesting", swiftSettings: strict),
        // Test cases of several modules. They need the Testing library, which programs with a static Swift runtime cannot have.
        .target(
            name: "SharedCases", dependencies: ["CTestParallelism", "Messaging", "JSON"], path: "Tests/SharedCases", swiftSettings: strict),
        .executableTarget(
            name: "postgrest-stand-in", dependencies: ["SwitchboardTesting"], path: "Tests/Benchmarks/PostgREST", swiftSettings: strict),
        // Makes SQLite's system calls fail, in a separate process: see Tests/JournalFaults.
        .target(name: "FaultyVFS", path: "Tests/FaultyVFS", linkerSettings: [.linkedLibrary("sqlite3")]),
        .executableTarget(
            name: "journal-faults",
            dependencies: ["FaultyVFS", "AdapterConformance", "SwitchboardTesting", "Journal", "Messaging", grdb, logging, argumentParser],
            path: "Tests/JournalFaults", swiftSettings: strict),
        tests("Spans", [tracing, inMemoryTracing]),
        tests(
            "SpanExport",
            [
                "SwitchboardTesting", "HTTPTransport", "Spans", "Telemetry", "Relay", "JSON", "Messaging", lifecycle, logging, metrics,
                tracing,
            ]),
        tests("JSON", []),
        tests("Forms", []),
        tests("Files", ["SwitchboardTesting"]),
        tests("Postgres", ["SwitchboardTesting"]),
        tests("Signing", ["SwitchboardTesting"]),
        tests("Compression", []),
        tests("PhoneNumbers", ["AdapterConformance", "SwitchboardTesting"]),
        tests("Watchdog", [lifecycle, logging]),
        tests("Telemetry", ["SwitchboardTesting", metrics]),
        tests("Relay", []),
        tests("SQLiteStore", ["SwitchboardTesting", "Watchdog", grdb]),
        tests("Messaging", ["AdapterConformance"]),
        tests("CloudEvents", ["Messaging", "JSON", "Signing"]),
        // Runs the example of Docs/Adapters.md.
        .testTarget(
            name: "AdapterConformanceTests", dependencies: ["AdapterConformance", "Messaging", "JSON", "Signing"],
            path: "Tests/AdapterConformanceTests", exclude: ["Webhooks"], swiftSettings: strict),
        tests("WhatsAppCloud", ["AdapterConformance", "MetaEnvelope", "SwitchboardTesting", "Messaging", "PhoneNumbers", "JSON"]),
        tests("WebChat", ["AdapterConformance", "Messaging"]),
        tests("Kiosk", ["AdapterConformance", "Messaging"]),
        tests("Dialog360", ["AdapterConformance", "Messaging", "JSON"]),
        tests("Twilio", ["AdapterConformance", "SwitchboardTesting", "Messaging", "Forms", "JSON", "Signing"]),
        tests("HTTPTransport", ["Spans", hummingbird, hummingbirdTesting, inMemoryTracing, nio, tracing]),
        tests(
            "Replay",
            [
                "AdapterConformance", "SwitchboardTesting", "SwitchboardApp", "Journal", "Messaging", "Forms", "HTTPTransport", "JSON",
                "PhoneNumbers", "Signing", hummingbird, hummingbirdTesting, logging,
            ]),
        tests(
            "Journal",
            ["AdapterConformance", "SharedCases", "SwitchboardTesting", "SQLiteStore", "Messaging", "JSON", "Telemetry", grdb, logging]),
        tests(
            "Supabase",
            [
                "AdapterConformance", "SharedCases", "SwitchboardTesting", "WhatsAppCloud", "Journal", "Messaging", "JSON", "HTTPTransport",
                "Postgres",
                "Signing", "Spans", "Telemetry", "Relay", inMemoryTracing, logging, tracing,
            ]),
        tests(
            "Receiver",
            [
                "AdapterConformance", "SharedCases", "SwitchboardTesting", "SwitchboardApp", "WebChat", "Journal", "Messaging", "JSON",
                "Replay",
                "HTTPTransport", "Signing", "SpanExport", "Spans", "Telemetry", hummingbird, hummingbirdTesting, nio, nioPosix, nioEmbedded,
                nioHTTP1, nioHTTPTypesHTTP1, httpTypes, inMemoryTracing, logging, metrics, tracing,
            ]),
        tests(
            "Operations",
            [
                "SwitchboardTesting", "Journal", "Receiver", "Supabase", "Postgres", "Replay", "WhatsAppCloud", "Dialog360", "Twilio",
                "Kiosk",
                "HTTPTransport", "Messaging", "JSON", "Signing", hummingbird, hummingbirdCore, hummingbirdTLS, hummingbirdTesting,
                httpTypes, nio, nioSSL, logging,
            ]),
        tests(
            "Administration",
            [
                "SwitchboardTesting", "SwitchboardApp", "Operations", "Receiver", "Replay", "Journal", "SQLiteStore", "Messaging", "JSON",
                "Supabase",
                "Telemetry", hummingbird, hummingbirdTesting, httpTypes, nio, logging, grdb,
            ]),
        tests("SwitchboardApp", ["Journal", "Receiver", "Supabase", "Messaging", "JSON", "Signing", nio, logging, yams]),
        tests(
            "switchboard",
            [
                "AdapterConformance", "SwitchboardTesting", "SwitchboardApp", "Supabase", "Postgres", "HTTPTransport", "Replay",
                "Messaging", "JSON", grdb,
            ]),
    ],
    swiftLanguageModes: [.v6]
)

// libFuzzer's targets need a separate build, with instrumentation in every module; `make fuzz` sets the variable.
if Context.environment["SWITCHBOARD_FUZZ"] != nil {
    package.targets += [
        .systemLibrary(name: "CFuzzer", path: "Tests/Fuzz/CFuzzer"),
        .executableTarget(
            name: "fuzz",
            dependencies: [
                "CFuzzer", "Forms", "JSON", "Journal", "Kiosk", "Messaging", "PhoneNumbers", "Receiver", "Replay", "SwitchboardApp",
                "WebChat",
                "WhatsAppCloud",
            ],
            path: "Tests/Fuzz", exclude: ["CFuzzer", "run"], swiftSettings: strict),
    ]
}
