using System.ComponentModel;
using System.Diagnostics;

namespace KmsTools.Endpoint;

/// <summary>Other clients of AWS, each with a short journey, where they are installed.</summary>
public sealed class ClientsTests(EndpointFixture endpoint) : IClassFixture<EndpointFixture>
{
    // Where build.sh installs the packages of Clients/package.json.
    private const string NodeModulesVariable = "KMSTOOLS_NODE_MODULES";

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Clients");

    private static string? NodeModules => Environment.GetEnvironmentVariable(NodeModulesVariable);

    [Fact]
    public async Task The_AWS_CLI()
    {
        await RequireAsync("The AWS CLI is not installed.", "aws", "--version");
        await PlayAsync("bash", Path.Combine(Folder, "aws-cli.sh"));
    }

    [Fact]
    public async Task Boto3()
    {
        await RequireAsync("boto3 is not installed.", "python3", "-c", "import boto3");
        await PlayAsync("python3", Path.Combine(Folder, "boto3-client.py"));
    }

    [Fact]
    public async Task The_SDK_for_JavaScript()
    {
        await RequireAsync("@aws-sdk/client-kms is not installed.", "node", "-e", "require.resolve('@aws-sdk/client-kms')");
        await PlayAsync("node", Path.Combine(Folder, "client-kms.cjs"));
    }

    [Fact]
    public async Task The_AWS_Encryption_SDK()
    {
        await RequireAsync("@aws-crypto/client-node is not installed.", "node", "-e", "require.resolve('@aws-crypto/client-node')");
        await PlayAsync("node", Path.Combine(Folder, "encryption-sdk.cjs"));
    }

    private async Task RequireAsync(string otherwise, string program, params string[] arguments)
    {
        bool present;
        try
        {
            present = (await RunAsync(program, arguments)).ExitCode == 0;
        }
        catch (Win32Exception)
        {
            present = false;
        }

        Assert.SkipUnless(present, otherwise);
    }

    private async Task PlayAsync(string program, string script)
    {
        (int exitCode, string output, string errors) = await RunAsync(program, script);
        Assert.True(exitCode == 0 && output.TrimEnd().EndsWith("done", StringComparison.Ordinal), output + errors);
    }

    private async Task<(int ExitCode, string Output, string Errors)> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["AWS_ENDPOINT_URL_KMS"] = endpoint.Url;
        start.Environment["AWS_ACCESS_KEY_ID"] = endpoint.Alice.AccessKeyId;
        start.Environment["AWS_SECRET_ACCESS_KEY"] = endpoint.Alice.SecretAccessKey;
        start.Environment["AWS_REGION"] = EndpointFixture.Region;
        start.Environment["AWS_DEFAULT_REGION"] = EndpointFixture.Region;
        start.Environment["AWS_MAX_ATTEMPTS"] = "1";
        start.Environment["AWS_PAGER"] = "";
        start.Environment["NODE_PATH"] = NodeModules;
        start.Environment.Remove("AWS_SESSION_TOKEN");
        start.Environment.Remove("AWS_PROFILE");
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await errors);
    }
}
