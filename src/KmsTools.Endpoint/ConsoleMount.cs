using System.Runtime.CompilerServices;
using KmsTools.Endpoint.Signing;
using KmsTools.Http;
using KmsTools.WebConsole;

namespace KmsTools.Endpoint;

/// <summary>
/// Puts the console into the server. Nothing of it is loaded before these methods are called, so that an endpoint without a console is as
/// small and as fast as before.
/// </summary>
internal static class ConsoleMount
{
    /// <summary>Adds what the console needs.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void AddServices(IServiceCollection services, KmsEngine engine, EndpointOptions options)
    {
        SignatureRefusals refusals = new(engine.RefusedSignatures, options.RefusalDelay);
        CertificateSource? certificate = options.Certificate;
        ConsoleHost.AddServices(services, engine, new ConsoleOptions
        {
            Clock = options.ConsoleClock,
            IsHost = name => certificate?.Current.TargetCertificate.MatchesHostname(name) == true,
            NoteRefusal = refusals.NoteAsync,
            Log = Console.Error.WriteLine,
        });
    }

    /// <summary>Adds its branch.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static void Map(IApplicationBuilder application) => ConsoleHost.Map(application);
}
