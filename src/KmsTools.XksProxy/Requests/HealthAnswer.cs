using System.Collections.Immutable;
using KmsTools.XksProxy.Stores;
using KmsTools.XksProxy.Tokens;

namespace KmsTools.XksProxy.Requests;

/// <summary>
/// Answers a health check with the tokens of a key store. It is an answer even when none can be used: KMS judges. Vendors that are not
/// known, because a token was never there, are called unknown: KMS requires a text.
/// </summary>
internal static class HealthAnswer
{
    private const int MaxEntries = 10;
    private const string Unknown = "unknown";

    private static readonly string Model = $"KmsTools.XksProxy {Version()}";

    /// <summary>Answers.</summary>
    public static async Task WriteAsync(HttpResponse response, KeyStore store, int fleetSize)
    {
        ImmutableArray<ProxyToken> tokens = store.Tokens;
        TokenCheck[] checks = new TokenCheck[tokens.Length];
        for (int index = 0; index < checks.Length; index++)
        {
            checks[index] = await tokens[index].RecentCheckAsync().ConfigureAwait(false);
        }

        string[] vendors = [.. tokens.Select(static token => token.Manufacturer).OfType<string>().Where(static name => name.Length > 0)
            .Distinct()];
        Answer.Write(response, (tokens, checks, vendors, fleetSize), static (writer, about) =>
        {
            writer.WriteNumber("xksProxyFleetSize", about.fleetSize);
            writer.WriteString("xksProxyVendor", "KmsTools");
            writer.WriteString("xksProxyModel", Model);
            writer.WriteString("ekmVendor", about.vendors.Length == 0 ? Unknown : string.Join(", ", about.vendors));
            writer.WriteStartArray("ekmFleetDetails");
            for (int index = 0; index < Math.Min(about.tokens.Length, MaxEntries); index++)
            {
                writer.WriteStartObject();
                writer.WriteString("id", about.tokens[index].Settings.Name);
                writer.WriteString("model", about.tokens[index].Model is { Length: > 0 } model ? model : Unknown);
                writer.WriteString("healthStatus", about.checks[index].Health.ToString());
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        });
    }

    private static string Version() => typeof(HealthAnswer).Assembly.GetName().Version is { } version ? version.ToString(3) : Unknown;
}
