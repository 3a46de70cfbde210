using System.Management.Automation;
using System.Management.Automation.Runspaces;
using KmsTools.Identifiers;

namespace KmsTools.Sessions;

/// <summary>The Region of calls that name none, and where it comes from.</summary>
/// <param name="Name">The Region.</param>
/// <param name="Source">Where it comes from, in words that are shown.</param>
internal sealed record RegionChoice(string Name, string Source)
{
    /// <summary>The variable that Set-DefaultAWSRegion of AWS.Tools sets.</summary>
    public const string SessionVariable = "StoredAWSRegion";

    // The order is that of AWS.Tools and the AWS SDK for .NET: the session, then the environment.
    private static readonly string[] EnvironmentVariables = ["AWS_REGION", "AWS_DEFAULT_REGION"];

    /// <summary>The Region of a connection, as it is seen from the current runspace.</summary>
    public static RegionChoice Of(KmsConnection connection) => Of(connection, ReadVariable);

    /// <summary>The Region of a connection.</summary>
    /// <param name="connection">
    /// The connection. The Region that the connection itself was given takes precedence over those of the environment.
    /// </param>
    /// <param name="readVariable">Reads a variable of the session.</param>
    public static RegionChoice Of(KmsConnection connection, Func<string, object?> readVariable) =>
        NameOf(readVariable(SessionVariable)) is { } stored ? new RegionChoice(stored, "$" + SessionVariable)
        : connection.GivenRegion is { } given ? new RegionChoice(given, "Connect-Kms -Region")
        : OfEnvironment() ?? new RegionChoice(connection.StoreRegion, "the store");

    /// <summary>The name in a value that denotes a Region: text, or a Region object of AWS.Tools; null if there is none.</summary>
    public static string? NameOf(object? region)
    {
        string? name = region is null ? null
            : (region is PSObject wrapper ? wrapper.BaseObject : region) as string
                ?? PSObject.AsPSObject(region).Properties["SystemName"]?.Value as string ?? region.ToString();
        return string.IsNullOrEmpty(name) ? null : name;
    }

    /// <summary>Reads the name, which becomes part of every ARN.</summary>
    /// <exception cref="ArgumentException">The name is malformed; the message says where it comes from.</exception>
    public RegionName Parse() => RegionName.TryParse(Name, out RegionName region)
        ? region
        : throw new ArgumentException($"{RegionName.Refusal(Name)} It comes from {Source}.");

    private static RegionChoice? OfEnvironment()
    {
        foreach (string variable in EnvironmentVariables)
        {
            if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } name)
            {
                return new RegionChoice(name, variable);
            }
        }

        return null;
    }

    // Outside of a cmdlet, a variable is read through one: the proxy of the session state refuses while a pipeline is running.
    internal static object? ReadVariable(string name)
    {
        if (Runspace.DefaultRunspace is null)
        {
            return null;
        }

        using PowerShell shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
        shell.AddCommand("Microsoft.PowerShell.Utility\\Get-Variable")
            .AddParameter("Name", name).AddParameter("ValueOnly").AddParameter("ErrorAction", "Ignore");
        return shell.Invoke().FirstOrDefault();
    }
}
