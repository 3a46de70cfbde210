namespace KmsTools.Endpoint;

/// <summary>What the program says where a typo in --store creates a store.</summary>
public sealed class NewStoreTests : IDisposable
{
    private readonly string _parent = Directory.CreateTempSubdirectory("kmstools-new-store-").FullName;

    public void Dispose() => Directory.Delete(_parent, recursive: true);

    [Theory]
    [InlineData("labb", true)]
    [InlineData("lba", true)]
    [InlineData("payroll", false)]
    public async Task Serve_NewStoreBesideAnother_WarnsWhereItsNameIsSimilar(string name, bool isWarned)
    {
        string lab = Path.Combine(_parent, "lab");
        string meant = Path.Combine(_parent, name);
        await EndpointProcess.NewStoreAsync(lab);

        string warning = $"Warning: There was no store in '{meant}', so a new one was created. Did you mean '{lab}'?\n";
        Assert.Equal(isWarned ? warning : "", await ServeAsync(meant + Path.DirectorySeparatorChar));

        // Now it is one that is meant.
        Assert.Equal("", await ServeAsync(meant));
    }

    [Fact]
    public async Task NewAccessKey_NewStoreWithSimilarName_Warns()
    {
        string lab = Path.Combine(_parent, "lab");
        string meant = Path.Combine(_parent, "laab");
        await EndpointProcess.NewStoreAsync(lab);
        (int exitCode, _, string errors) = await EndpointProcess.RunAsync("new-access-key", "--store", meant, "--user", "alice");
        Assert.Equal(
            (0, $"Warning: There was no store in '{meant}', so a new one was created. Did you mean '{lab}'?\n"), (exitCode, errors));
    }

    private static async Task<string> ServeAsync(string folder)
    {
        await using EndpointProcess process = await EndpointProcess.StartAsync("--store", folder);
        process.Signal("TERM");
        (int exitCode, string errors) = await process.EndAsync();
        Assert.Equal(0, exitCode);
        return errors;
    }
}
