using System.ComponentModel;
using System.Diagnostics;
using System.Management.Automation;
using KmsTools.Cryptography;
using KmsTools.Files;
using KmsTools.Sessions;

namespace KmsTools.Commands;

/// <summary>Opens the console of the store in the browser, signed in.</summary>
/// <remarks>
/// The console shows keys, custom key stores, the schedule, events, alarms, the clock and principals, and does what the cmdlets do. An
/// endpoint serves it: one of this session that was started with -Console, or else a new one, which ends with the session as all do. The
/// link signs in once, within a minute, on this machine. The session in the browser makes calls as the caller of this session, may do
/// everything else as its user, and ends after 30 minutes without use, or with the endpoint. See about_KmsTools_Console.
/// </remarks>
/// <example>
/// <code>
/// Show-KmsConsole
/// </code>
/// <para>Opens the console of the store of this session.</para>
/// </example>
/// <example>
/// <code>
/// (Show-KmsConsole -NoBrowser).Url
/// </code>
/// <para>Gets the link, to be opened elsewhere on this machine, such as in another browser.</para>
/// </example>
/// <example>
/// <code>
/// Start-KmsEndpoint -Path ./lab -Console | Show-KmsConsole
/// </code>
/// <para>Opens the console of another store.</para>
/// </example>
[Cmdlet(VerbsCommon.Show, "KmsConsole", SupportsShouldProcess = true, HelpUri = HelpPages.Guide + "overview.html")]
[OutputType(typeof(KmsConsoleLink))]
public sealed class ShowKmsConsoleCommand : KmsCmdlet
{
    // An opener that finds no browser says so soon.
    private static readonly TimeSpan OpenerLimit = TimeSpan.FromSeconds(2);

    /// <summary>
    /// The endpoint, as Start-KmsEndpoint -Console returned it. The default is one of this session that serves the console of its store; if
    /// there is none, one is started.
    /// </summary>
    [Parameter(Position = 0, ValueFromPipeline = true)]
    [ValidateNotNull]
    public KmsEndpoint? Endpoint { get; set; }

    /// <summary>Returns the link instead of opening it.</summary>
    [Parameter]
    public SwitchParameter NoBrowser { get; set; }

    private protected override object? Subject => Endpoint;

    private protected override void Process()
    {
        if (Endpoint is { ConsoleUrl: null } without)
        {
            throw new ArgumentException($"The endpoint {without.Url} serves no console. Start one with Start-KmsEndpoint -Console.");
        }

        if (Endpoint is { IsRunning: false } ended)
        {
            throw new ArgumentException($"The endpoint {ended.Url} has ended. Start another one with Start-KmsEndpoint -Console.");
        }

        KmsEndpoint? endpoint = Endpoint ?? Running();
        if (!ConfirmAction(endpoint is null
            ? $"Serve the store in {Connection.Location} with a console and open it in the browser"
            : $"Open the console of the store in {endpoint.Store} in the browser"))
        {
            return;
        }

        endpoint ??= Start();
        DateTimeOffset now = DateTimeOffset.UtcNow;
        string secret = TicketFor(endpoint).Leave(endpoint.Folder, now);
        KmsConsoleLink link = new()
        {
            Url = $"{Reachable(endpoint.ConsoleUrl!)}/sign-in?link={secret}",
            Expiration = (now + ConsoleTicket.Lifetime).UtcDateTime,
            Store = endpoint.Store,
        };
        if (NoBrowser)
        {
            WriteObject(link);
        }
        else
        {
            Open(ConsoleTicket.WritePage(endpoint.Folder, new Uri(link.Url)));
        }
    }

    // One that listens on all addresses does so on that of this machine too.
    private static string Reachable(string url) => url
        .Replace("//0.0.0.0:", "//localhost:", StringComparison.Ordinal).Replace("//[::]:", "//localhost:", StringComparison.Ordinal);

    private static KmsEndpoint? Running() =>
        KmsEndpoints.Running.FirstOrDefault(static endpoint => endpoint.ConsoleUrl is not null && endpoint.Store == Connection.Location);

    private KmsEndpoint Start()
    {
        using Secret? unlock = SealInput.Read(null, null, Connection, ResolvePath);
        return KmsEndpoints.Start(Connection.Options, ["--console"], null, unlock, Stopped);
    }

    // The callers of this session are those of its own store only.
    private ConsoleTicket TicketFor(KmsEndpoint endpoint) => KmsSession.Find() is { } connection && connection.Location == endpoint.Store
        ? SessionCaller.ToTicket()
        : new ConsoleTicket("", null, null);

    private static void Open(string page)
    {
        try
        {
            using Process? opener = System.Diagnostics.Process.Start(new ProcessStartInfo(page) { UseShellExecute = true });
            if (opener is not null && opener.WaitForExit(OpenerLimit) && opener.ExitCode != 0)
            {
                throw new BrowserNotFoundException(null);
            }
        }
        catch (Win32Exception exception)
        {
            throw new BrowserNotFoundException(exception);
        }
    }
}
