using System.Globalization;
using System.Management.Automation;
using KmsTools.Sessions;

namespace KmsTools.Commands;

/// <summary>Starts an endpoint: SDKs, the AWS CLI and other tools use the store with nothing but its URL and an access key.</summary>
/// <remarks>
/// The endpoint is a process of its own and needs the ASP.NET Core 10 runtime. It listens on 127.0.0.1 only, and ends with this
/// session. New-KmsAccessKey makes the access key. about_KmsTools_Endpoint tells what clients need.
/// </remarks>
/// <example>
/// <code>
/// $key = New-KmsAccessKey alice
/// $endpoint = Start-KmsEndpoint
/// $env:AWS_ACCESS_KEY_ID, $env:AWS_SECRET_ACCESS_KEY = $key.AccessKeyId, $key.SecretAccessKey
/// aws --region us-east-1 --endpoint-url $endpoint.Url kms list-keys
/// </code>
/// <para>Serves the store of the session, and lists its keys with the AWS CLI.</para>
/// </example>
/// <example>
/// <code>
/// Start-KmsEndpoint -Path ./lab -Port 8080
/// </code>
/// <para>Serves another store on a port of choice.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Start, "KmsEndpoint", SupportsShouldProcess = true)]
[OutputType(typeof(KmsEndpoint))]
public sealed class StartKmsEndpointCommand : KmsCmdlet
{
    private static string Program => System.IO.Path.Combine(
        System.IO.Path.GetDirectoryName(typeof(StartKmsEndpointCommand).Assembly.Location)!, "Endpoint", "KmsTools.Endpoint.dll");

    /// <summary>The folder of the store to serve. The default is the store of the session.</summary>
    [Parameter(Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Store")]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>The port. The default, 0, picks a free one.</summary>
    [Parameter]
    [ValidateRange(0, 65535)]
    public int Port { get; set; }

    private protected override object? Subject => Path;

    private protected override void Process()
    {
        string folder = Path is null ? Connection.Path : ResolvePath(Path);
        if (ShouldProcess(folder, "Serve the store over HTTP"))
        {
            WriteObject(KmsEndpoints.Start(Program, ["--store", folder, "--port", Port.ToString(CultureInfo.InvariantCulture)]));
        }
    }
}
