using System.Globalization;
using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using KmsTools.Operations;
using Microsoft.Playwright;

namespace KmsTools.WebConsole.Keys;

/// <summary>Key material in the browser, as the guide of AWS describes it: import, deletion, expiry and import again.</summary>
public sealed class KeyMaterialTests(Browser browser)
{
    private readonly byte[] _material = RandomNumberGenerator.GetBytes(32);

    [Fact]
    public async Task Material_IsImportedDeletedAndImportedAgain()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        string keyId = server.CreateKey(new CreateKeyRequest { Origin = "EXTERNAL" }).KeyId;
        IPage page = await browser.SignInAsync(server);

        await page.OpenAsync(server.UrlOf(keyId, "material"));
        await Assertions.Expect(page.State()).ToHaveTextAsync("Pending import");
        await page.GetByRole(AriaRole.Link, new() { Name = "Import key material" }).ClickAsync();
        await Browser.RequireAccessibleAsync(page);
        await ImportAsync(page, _material);
        await Assertions.Expect(page.Note()).ToHaveTextAsync("The key material is imported.");
        await Assertions.Expect(page.State()).ToHaveTextAsync("Enabled");
        await Browser.RequireAccessibleAsync(page);
        KeyMetadata imported = server.Describe(keyId);
        Assert.Equal((KeyState.Enabled, ExpirationModelType.KEY_MATERIAL_DOES_NOT_EXPIRE), (imported.KeyState, imported.ExpirationModel));
        Assert.Equal(
            [imported.CurrentKeyMaterialId!, "Current", "Imported", "Never"],
            (await page.Locator("tbody tr").CellsAsync())[..4]);
        byte[] ciphertext = Encrypt(server, keyId);

        await page.GetByRole(AriaRole.Link, new() { Name = "Delete key material", Exact = true }).ClickAsync();
        await Browser.RequireAccessibleAsync(page);
        await Assertions.Expect(page.Locator(".choice")).ToContainTextAsync(
            "current, encrypts now. When it is deleted, nothing it encrypted can be read, and the key cannot be used, until the same bytes "
                + "are imported again.");
        await Assertions.Expect(page.Locator(".facts")).ToContainTextAsync("Encrypt, ");
        await page.GetByLabel("To confirm, enter delete").FillAsync("Delete");
        await page.ClickButtonAsync("Delete key material");
        await Assertions.Expect(page.Alert()).ToContainTextAsync("Nothing was done. To confirm, enter delete exactly as it is shown.");
        Assert.Equal(KeyState.Enabled, server.Describe(keyId).KeyState);
        await page.GetByLabel("To confirm, enter delete").FillAsync("delete");
        await page.ClickButtonAsync("Delete key material");
        await Assertions.Expect(page.Note()).ToHaveTextAsync("The key material is deleted.");
        await Assertions.Expect(page.State()).ToHaveTextAsync("Pending import");
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "Delete key material", Exact = true })).ToHaveCountAsync(0);
        await Browser.RequireAccessibleAsync(page);
        Assert.Equal("KMSInvalidStateException", Assert.Throws<KmsException>(() => Encrypt(server, keyId)).ErrorCode);
        Assert.Single(server.EventsOf(keyId, "DeleteImportedKeyMaterial"));

        await page.GotoAsync(server.UrlOf(keyId, "material/import"));
        await ImportAsync(page, RandomNumberGenerator.GetBytes(32));
        await Assertions.Expect(page.Alert().GetByRole(AriaRole.Heading)).ToHaveTextAsync("IncorrectKeyMaterialException");
        await Assertions.Expect(page.Alert()).ToContainTextAsync("Only the same bytes can be imported again.");
        await Browser.RequireAccessibleAsync(page);
        Assert.Equal(KeyState.PendingImport, server.Describe(keyId).KeyState);
        await ImportAsync(page, _material);
        await Assertions.Expect(page.State()).ToHaveTextAsync("Enabled");
        Assert.Equal(imported.CurrentKeyMaterialId, server.Describe(keyId).CurrentKeyMaterialId);
        Assert.Equal([7], server.Engine.Execute(new DecryptRequest { CiphertextBlob = ciphertext }).Plaintext!.ToArray());
    }

    [Fact]
    public async Task Material_ThatExpires_IsShownAndGoneWhenItsTimeHasCome()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        string keyId = server.CreateKey(new CreateKeyRequest { Origin = "EXTERNAL" }).KeyId;
        DateTimeOffset expiry = new DateTimeOffset(server.Engine.UtcNow.UtcDateTime.Date, TimeSpan.Zero).AddDays(3);
        IPage page = await browser.SignInAsync(server);

        await page.GotoAsync(server.UrlOf(keyId, "material/import"));
        await ImportAsync(page, _material, async () =>
        {
            await page.GetByLabel("The key material expires").CheckAsync();
            await page.GetByLabel("Expires at (UTC)").FillAsync(expiry.ToString("yyyy-MM-dd'T'HH:mm", CultureInfo.InvariantCulture));
            await page.GetByLabel("Description (optional)").FillAsync("No <b> here");
        });
        await Assertions.Expect(page.Alert()).ToContainTextAsync("ValidationException");
        await Assertions.Expect(page.GetByLabel("The key material expires")).ToBeCheckedAsync();
        await ImportAsync(page, _material, () => page.GetByLabel("Description (optional)").FillAsync("of the vault"));
        await Assertions.Expect(page.Locator(".facts")).ToContainTextAsync(KeyTabs.Shown(expiry));
        Assert.Equal(expiry.UtcDateTime, server.Describe(keyId).ValidTo);
        Assert.Equal(
            ["Imported", KeyTabs.Shown(expiry), "of the vault", "First", "Delete"],
            (await page.Locator("tbody tr").CellsAsync())[2..]);

        server.Step(TimeSpan.FromDays(4));
        await page.OpenAsync(server.UrlOf(keyId, "material"));
        await Assertions.Expect(page.State()).ToHaveTextAsync("Pending import");
        await Assertions.Expect(page.Locator("tbody tr")).ToContainTextAsync("Pending import");
    }

    [Fact]
    public async Task NewMaterial_IsRotatedTo_AndEachMaterialIsDeletedByItself()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        string keyId = server.CreateKey(new CreateKeyRequest { Origin = "EXTERNAL" }).KeyId;
        IPage page = await browser.SignInAsync(server);
        await page.GotoAsync(server.UrlOf(keyId, "material/import"));
        await ImportAsync(page, _material);
        await Assertions.Expect(page.State()).ToHaveTextAsync("Enabled");
        string first = server.Describe(keyId).CurrentKeyMaterialId!;
        await page.OpenAsync(server.UrlOf(keyId, "rotation"));
        await Assertions.Expect(page.Locator(".impossible").Nth(0)).ToContainTextAsync("origin is EXTERNAL which is not valid");
        await Assertions.Expect(page.Locator(".impossible").Nth(1)).ToContainTextAsync("Rotate now is not possible: ");

        await page.GotoAsync(server.UrlOf(keyId, "material/import"));
        await ImportAsync(
            page,
            RandomNumberGenerator.GetBytes(32),
            () => page.GetByLabel("Import type").SelectOptionAsync("NEW_KEY_MATERIAL"));
        await Assertions.Expect(page.Locator("tbody tr").First).ToContainTextAsync("Pending rotation");
        await page.GotoAsync(server.UrlOf(keyId, "rotation"));
        await page.ClickButtonAsync("Rotate now");
        await Assertions.Expect(page.Note()).ToHaveTextAsync("The key has rotated.");
        Assert.NotEqual(first, server.Describe(keyId).CurrentKeyMaterialId);

        await page.OpenAsync(server.UrlOf(keyId, "material"));
        await page.GetByRole(AriaRole.Link, new() { Name = $"Delete key material {first}" }).ClickAsync();
        await Assertions.Expect(page.GetByLabel($"{first}: not current")).ToBeCheckedAsync();
        await Browser.RequireAccessibleAsync(page);
        await page.GetByLabel("To confirm, enter delete").FillAsync("delete");
        await page.ClickButtonAsync("Delete key material");
        await Assertions.Expect(page.State()).ToHaveTextAsync("Pending import");
        Assert.Equal(
            [(first, ImportState.PENDING_IMPORT), (server.Describe(keyId).CurrentKeyMaterialId!, ImportState.IMPORTED)],
            server.Engine.Execute(new ListKeyRotationsRequest { KeyId = keyId, IncludeKeyMaterial = "ALL_KEY_MATERIAL" }).Rotations
                .Select(static material => (material.KeyMaterialId, material.ImportState!.Value)));
    }

    [Fact]
    public async Task Parameters_AreOneZip_OrAnErrorOnThePage()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        using Visitor visitor = await Visitor.SignInAsync(server);
        KeyMetadata rsa = server.CreateKey(new CreateKeyRequest { Origin = "EXTERNAL", KeySpec = "RSA_4096", KeyUsage = "SIGN_VERIFY" });
        string path = $"/console/us-east-1/keys/{rsa.KeyId}/material/import";

        HttpResponseMessage answer = await visitor.ActAsync(
            path, "parameters", ("algorithm", "RSA_AES_KEY_WRAP_SHA_256"), ("wrapping-key-spec", "RSA_2048"));
        Assert.Equal((HttpStatusCode.OK, "application/zip"), (answer.StatusCode, answer.Content.Headers.ContentType!.MediaType));
        Assert.Matches($"^Import_Parameters_{rsa.KeyId}_[0-9]{{14}}\\.zip$", answer.Content.Headers.ContentDisposition!.FileName!.Trim('"'));
        using ZipArchive archive = new(await answer.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));
        Assert.Equal(
            ["WrappingPublicKey.bin", "ImportToken.bin", "README.txt"], archive.Entries.Select(static entry => entry.FullName));
        using StreamReader readme = new(archive.GetEntry("README.txt")!.Open());
        string text = await readme.ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.Contains(rsa.Arn, text, StringComparison.Ordinal);
        Assert.Contains("-id-aes256-wrap-pad", text, StringComparison.Ordinal);

        HttpResponseMessage refused = await visitor.ActAsync(
            path, "parameters", ("algorithm", "RSAES_OAEP_SHA_256"), ("wrapping-key-spec", "RSA_2048"));
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        string page = await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("UnsupportedOperationException", page, StringComparison.Ordinal);
        Assert.Contains("Use RSA_AES_KEY_WRAP_SHA_256.", page, StringComparison.Ordinal);

        HttpResponseMessage forged = await visitor.PostAsync(
            path,
            new()
            {
                ["_handler"] = "act",
                ["act"] = "parameters",
                ["algorithm"] = "RSA_AES_KEY_WRAP_SHA_256",
                ["wrapping-key-spec"] = "RSA_2048",
            });
        Assert.Equal(HttpStatusCode.BadRequest, forged.StatusCode);
        Assert.Equal(2, server.EventsOf(rsa.KeyId, "GetParametersForImport").Length);
    }

    // As the guide does, with .NET in the place of OpenSSL.
    private static async Task ImportAsync(IPage page, byte[] material, Func<Task>? alsoFill = null)
    {
        await page.GetByLabel("Wrapping algorithm").SelectOptionAsync("RSAES_OAEP_SHA_256");
        await page.GetByLabel("Wrapping key spec").SelectOptionAsync("RSA_2048");
        IDownload download = await page.RunAndWaitForDownloadAsync(
            () => page.ClickButtonAsync("Download the wrapping public key and the import token"));
        Assert.StartsWith("Import_Parameters_", download.SuggestedFilename, StringComparison.Ordinal);
        using ZipArchive archive = ZipFile.OpenRead(await download.PathAsync());
        using RSA wrapping = RSA.Create();
        wrapping.ImportSubjectPublicKeyInfo(Read(archive, "WrappingPublicKey.bin"), out _);
        await page.GetByLabel("Encrypted key material").SetInputFilesAsync(
            File("EncryptedKeyMaterial.bin", wrapping.Encrypt(material, RSAEncryptionPadding.OaepSHA256)));
        await page.GetByLabel("Import token", new() { Exact = true }).SetInputFilesAsync(
            File("ImportToken.bin", Read(archive, "ImportToken.bin")));
        if (alsoFill is not null)
        {
            await alsoFill();
        }

        await page.ClickButtonAsync("Import key material");
    }

    private static FilePayload File(string name, byte[] content) =>
        new() { Name = name, MimeType = "application/octet-stream", Buffer = content };

    private static byte[] Read(ZipArchive archive, string name)
    {
        using Stream entry = archive.GetEntry(name)!.Open();
        using MemoryStream bytes = new();
        entry.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static byte[] Encrypt(ConsoleServer server, string keyId) =>
        server.Engine.Execute(new EncryptRequest { KeyId = keyId, Plaintext = [7] }).CiphertextBlob!.ToArray();
}
