using System.Diagnostics;
using KmsTools.Pkcs11;
using KmsTools.XksProxy.Logging;
using KmsTools.XksProxy.Stores;
using KmsTools.XksProxy.Tokens;

namespace KmsTools.XksProxy.Requests;

/// <summary>A request and what becomes known of it on its way, for the log.</summary>
/// <param name="time">When it came.</param>
internal sealed class Exchange(DateTimeOffset time)
{
    private readonly long _start = Stopwatch.GetTimestamp();
    private string? _token;
    private TimeSpan _tokenTime;

    /// <summary>The operation and the key; null where the path has none.</summary>
    public RequestTarget? Target { get; set; }

    /// <summary>The key store; null where the path belongs to none.</summary>
    public KeyStore? Store { get; set; }

    /// <summary>Who calls KMS for what; null before it is read.</summary>
    public RequestMetadata? Metadata { get; set; }

    /// <summary>Does work in a token.</summary>
    public async Task RunAsync(ProxyToken token, TokenWork work)
    {
        _token = token.Settings.Name;
        long start = Stopwatch.GetTimestamp();
        try
        {
            await token.RunAsync(work).ConfigureAwait(false);
            _tokenTime += work.TokenTime;
        }
        catch
        {
            _tokenTime += work.TokenTime == TimeSpan.Zero ? Stopwatch.GetElapsedTime(start) : work.TokenTime;
            throw;
        }
    }

    /// <summary>What the log gets.</summary>
    /// <param name="status">The HTTP status.</param>
    /// <param name="error">The error; null for none.</param>
    /// <param name="cause">Why it failed; null for success.</param>
    public XksRequestRecord ToRecord(int status, string? error, string? cause) => new()
    {
        Time = time,
        KeyStore = Store?.Settings.Name,
        Prefix = Store?.Settings.Prefix,
        Api = Store is null || Target is null ? null : XksApis.Name(Target.Value.Api),
        KeyId = Store is null || Target is not { KeyId.Length: > 0 } target ? null : target.KeyId,
        KmsRequestId = LogText.Clean(Metadata?.KmsRequestId),
        KmsOperation = LogText.Clean(Metadata?.KmsOperation),
        PrincipalArn = LogText.Clean(Metadata?.AwsPrincipalArn),
        KmsKeyArn = LogText.Clean(Metadata?.KmsKeyArn),
        Status = status,
        ErrorName = error,
        Cause = LogText.Clean(cause),
        Elapsed = Stopwatch.GetElapsedTime(_start),
        TokenTime = _tokenTime,
        Token = _token,
    };
}
