using System.ComponentModel;
using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Amazon.KeyManagementService.Model;
using KmsTools.KeyStores;

namespace KmsTools.Endpoint;

/// <summary>Terraform with its AWS provider, where both are installed: there is no download.</summary>
[OnEveryStore]
public sealed class TerraformTests(EndpointFixture endpoint) : IClassFixture<EndpointFixture>, IDisposable
{
    // A folder in the layout of "terraform providers mirror".
    private const string PluginsVariable = "KMSTOOLS_TERRAFORM_PLUGINS";
    private const string Provider = "registry.terraform.io/hashicorp/aws";
    private const string Password = "kmsPswd1";

    private readonly string _folder = Directory.CreateTempSubdirectory("kmstools-terraform-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Terraform_AnEstate_IsCreatedKeptChangedAndDestroyed()
    {
        string plugins = await RequireAsync();
        File.Copy(Path.Combine(AppContext.BaseDirectory, "Clients", "main.tf"), Path.Combine(_folder, "main.tf"));
        await File.WriteAllTextAsync(
            Path.Combine(
                _folder,
                "terraform.rc"), $"provider_installation {{\n  filesystem_mirror {{ path = \"{plugins}\" }}\n}}\n", Cancellation);
        endpoint.Engine.HsmTokens.Initialize(SoftHsm.Library, "terraform", "officer1"u8, Encoding.UTF8.GetBytes(Password));
        HsmClusterDescription cluster = endpoint.Engine.HsmClusters.Register(SoftHsm.Library, ["terraform"]);
        await File.WriteAllTextAsync(
            Path.Combine(_folder, "terraform.tfvars.json"),
            JsonSerializer.Serialize(new { url = endpoint.Url, cluster = cluster.ClusterId, anchor = cluster.TrustAnchorCertificate }),
            Cancellation);
        endpoint.CreateRole();
        await TerraformAsync(0, "init");

        await TerraformAsync(0, "apply", "-auto-approve");
        JsonElement made = await OutputAsync();
        Assert.Equal("hello", made.GetProperty("secret").GetProperty("value").GetString());
        Assert.Equal(Text(made, "main"), Text(made, "found"));
        Assert.Equal(Text(made, "main"), Text(made, "target"));
        Assert.StartsWith("-----BEGIN PUBLIC KEY-----", Text(made, "public_key"));
        Assert.StartsWith("arn:aws:kms:us-west-2:111122223333:key/mrk-", Text(made, "replica"));
        Assert.Equal(("111122223333", "arn:aws:iam::111122223333:user/alice"), (Text(made, "account"), Text(made, "caller")));
        Assert.Equal("arn:aws:sts::111122223333:assumed-role/app/terraform", Text(made, "app"));
        Assert.Contains("arn:aws:iam::111122223333:user/bob", await PolicyAsync(made, "plain"));
        await SeeAsync(made, "main, first", 180, "first");
        Assert.Equal("lab-first", Assert.Single(await KeyStoresAsync()).CustomKeyStoreName);

        // 0 tells that there is nothing to change.
        await TerraformAsync(0, "plan", "-detailed-exitcode");

        await TerraformAsync(0, "apply", "-auto-approve", "-var", "stage=second", "-var", "rotation_days=365");
        await SeeAsync(made, "main, second", 365, "second");
        Assert.Equal("lab-second", Assert.Single(await KeyStoresAsync()).CustomKeyStoreName);
        Assert.Equal(Text(made, "plain"), (await endpoint.Client.DescribeKeyAsync(Text(made, "moving"), Cancellation)).KeyMetadata.KeyId);
        await TerraformAsync(0, "plan", "-detailed-exitcode", "-var", "stage=second", "-var", "rotation_days=365");

        await TerraformAsync(0, "destroy", "-auto-approve");
        Amazon.KeyManagementService.Model.KeyMetadata main = (await endpoint.Client.DescribeKeyAsync(Text(made, "main"), Cancellation))
            .KeyMetadata;
        Assert.Equal(Amazon.KeyManagementService.KeyState.PendingDeletion, main.KeyState);
        Assert.InRange(main.DeletionDate!.Value.ToUniversalTime() - DateTime.UtcNow, TimeSpan.FromDays(6.9), TimeSpan.FromDays(7));

        // Who destroys a key policy puts the default one in its place.
        string policy = await PolicyAsync(made, "plain");
        Assert.Contains("arn:aws:iam::111122223333:root", policy);
        Assert.DoesNotContain("arn:aws:iam::111122223333:user/bob", policy);
        Assert.DoesNotContain(
            (await endpoint.Client.ListAliasesAsync(new ListAliasesRequest(), Cancellation)).Aliases,
            static alias => alias.AliasName.StartsWith("alias/app-", StringComparison.Ordinal));
        Assert.Empty(await KeyStoresAsync());
    }

    private async Task SeeAsync(JsonElement made, string description, int rotationDays, string stage)
    {
        string main = Text(made, "main");
        Assert.Equal(description, (await endpoint.Client.DescribeKeyAsync(main, Cancellation)).KeyMetadata.Description);
        GetKeyRotationStatusResponse rotation = await endpoint.Client
            .GetKeyRotationStatusAsync(new GetKeyRotationStatusRequest { KeyId = main }, Cancellation);
        Assert.Equal((true, rotationDays), (rotation.KeyRotationEnabled, rotation.RotationPeriodInDays));
        foreach (string key in new[] { main, Text(made, "imported") })
        {
            ListResourceTagsResponse tags = await endpoint.Client
                .ListResourceTagsAsync(new ListResourceTagsRequest { KeyId = key }, Cancellation);
            Assert.Equal(stage, tags.Tags.Single(static tag => tag.TagKey == "Stage").TagValue);
        }

        GrantListEntry grant = Assert.Single(
            (await endpoint.Client.ListGrantsAsync(new ListGrantsRequest { KeyId = main }, Cancellation)).Grants);
        Assert.Equal(("app", "Finance"), (grant.Name, grant.Constraints.EncryptionContextEquals["Department"]));
    }

    private async Task<string> PolicyAsync(JsonElement made, string key) =>
        (await endpoint.Client.GetKeyPolicyAsync(new GetKeyPolicyRequest { KeyId = Text(made, key), PolicyName = "default" }, Cancellation))
            .Policy;

    private async Task<List<CustomKeyStoresListEntry>> KeyStoresAsync() =>
        (await endpoint.Client.DescribeCustomKeyStoresAsync(new DescribeCustomKeyStoresRequest(), Cancellation)).CustomKeyStores ?? [];

    private static string Text(JsonElement outputs, string name) => outputs.GetProperty(name).GetProperty("value").GetString()!;

    private async Task<JsonElement> OutputAsync() => JsonElement.Parse(await TerraformAsync(0, "output", "-json"));

    private static async Task<string> RequireAsync()
    {
        try
        {
            using Process version = Process.Start(
                new ProcessStartInfo("terraform", ["version"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            await version.WaitForExitAsync(Cancellation);
        }
        catch (Win32Exception)
        {
            Assert.Skip("terraform is not installed.");
        }

        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string? plugins = new[]
        {
            Environment.GetEnvironmentVariable(PluginsVariable),
            Path.Combine(home, ".terraform.d", "plugins"),
            "/usr/local/share/terraform/plugins",
            "/usr/share/terraform/plugins",
        }.FirstOrDefault(static folder => !string.IsNullOrEmpty(folder) && Directory.Exists(Path.Combine(folder, Provider)));
        Assert.SkipWhen(
            plugins is null,
            $"The provider hashicorp/aws is not in a folder of Terraform plugins; {PluginsVariable} names one.");
        return plugins!;
    }

    private async Task<string> TerraformAsync(int exitCode, string command, params string[] arguments)
    {
        string[] noInput = command == "output" ? [] : ["-input=false"];
        ProcessStartInfo start = new("terraform", [command, "-no-color", .. noInput, .. arguments])
        {
            WorkingDirectory = _folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string name in start.Environment.Keys.Where(
            static name => name.StartsWith("TF_", StringComparison.Ordinal) || name.StartsWith("AWS_", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(name);
        }

        start.Environment["TF_CLI_CONFIG_FILE"] = Path.Combine(_folder, "terraform.rc");
        start.Environment["CHECKPOINT_DISABLE"] = "1";
        start.Environment["AWS_ACCESS_KEY_ID"] = endpoint.Alice.AccessKeyId;
        start.Environment["AWS_SECRET_ACCESS_KEY"] = endpoint.Alice.SecretAccessKey;
        start.Environment["AWS_CONFIG_FILE"] = start.Environment["AWS_SHARED_CREDENTIALS_FILE"] = Path.Combine(_folder, "none");
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync(Cancellation);
        string output = await process.StandardOutput.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        Assert.True(process.ExitCode == exitCode, $"terraform {command}: {output}{await errors}");
        return output;
    }
}
