namespace KmsTools.Architecture;

/// <summary>
/// Who knows whom in the engine, by folder: primitives know no calls, and nothing that a call uses knows the engine that the calls are made
/// to.
/// </summary>
public sealed class FloorTests
{
    private const string Sources = "/_/src/KmsTools.Engine/";

    // What it has in common with other projects is in folders of the same names.
    private const string Shared = "/_/src/Shared/";

    private static readonly TypeUses Engine = TypeUses.Read(typeof(KmsEngine).Assembly);
    private static readonly TypeUses Tests = TypeUses.Read(typeof(FloorTests).Assembly);

    [Theory]
    [InlineData("Caching", "Operations", "Pipeline", "Keys", "Persistence", "KmsEngine.cs")]
    [InlineData("Cryptography", "Operations", "Pipeline", "KmsEngine.cs")]
    [InlineData("Keys", "Operations", "Pipeline", "KmsEngine.cs")]
    [InlineData("Sealing", "Operations", "Pipeline", "KmsEngine.cs")]
    [InlineData("KeyStates", "Operations", "Pipeline", "KmsEngine.cs")]
    [InlineData("Persistence", "Operations", "Pipeline", "KmsEngine.cs")]
    [InlineData("Identifiers", "Operations", "Pipeline", "KmsEngine.cs")]
    [InlineData("KeyStores", "Operations", "KmsEngine.cs")]
    [InlineData("Operations", "KmsEngine.cs")]
    [InlineData("Pipeline", "KmsEngine.cs")]
    [InlineData("Administration", "Operations", "KmsEngine.cs")]
    public void Types_OfAFolder_NameNothingAboveIt(string folder, params string[] above)
    {
        HashSet<string> forbidden = [.. above.SelectMany(TypesIn)];
        Assert.All(above, static place => Assert.NotEmpty(TypesIn(place)));
        Assert.Empty(TypesIn(folder).SelectMany(type => Engine.UsedBy(type).Intersect(forbidden).Select(used => $"{type} names {used}")));
    }

    [Theory]
    [InlineData("KmsTools.Cryptography.Secret", "Cryptography/Secret.cs")]
    [InlineData("KmsTools.Key", "Keys/Key.cs")]
    [InlineData("KmsTools.KeyState", "Keys/KeyEnumerations.cs")]
    [InlineData("KmsTools.Persistence.IStateReader", "Persistence/IStateReader.cs")]
    [InlineData("KmsTools.OperationContext", "Pipeline/OperationContext.cs")]
    [InlineData("KmsTools.Operations.EncryptRequest", "Operations/Cryptography/Encrypt.cs")]
    [InlineData("KmsTools.KmsException", "KmsException.cs")]
    public void Sources_OfATypeWithCodeOrWithout_AreFound(string type, string source) =>
        Assert.Equal([Sources + source], Engine.SourcesOf(type));

    [Fact]
    public void Sources_OfTheEngine_AreKnownOfEveryType() => Assert.All(
        Engine.Types.Where(static type => type.StartsWith("KmsTools.", StringComparison.Ordinal)),
        static type => Assert.Contains(Engine.SourcesOf(type), static source => PlaceOf(source) is not null));

    [Fact]
    public void Namespaces_OfInternalTypes_AreThoseOfTheirTopFolders()
    {
        // A namespace of the name Administration would hide the class, and extensions of a type belong where the type is.
        string[] exceptions = ["Administration", "KmsTools.KeySpecs"];
        string[] others =
        [
            .. typeof(KmsEngine).Assembly.GetTypes()
                .Where(static type => type is { IsNotPublic: true, IsNested: false } && Engine.Types.Contains(type.FullName))
                .Select(static type => (type.FullName, type.Namespace, Folder: TopFolder(type.FullName!)))
                .Where(
                    type => type.Folder is not null && type.Namespace != (type.Folder.Length == 0 ? "KmsTools" : $"KmsTools.{type.Folder}"))
                .Where(type => !exceptions.Contains(type.Folder) && !exceptions.Contains(type.FullName))
                .Select(static type => $"{type.FullName} is in {type.Folder}"),
        ];
        Assert.Equal(
            ("Keys", "Operations", ""),
            (TopFolder("KmsTools.Key"), TopFolder("KmsTools.Operations.KeyCipher"), TopFolder("KmsTools.KmsEngine")));
        Assert.Empty(others);
    }

    [Theory]
    [InlineData(typeof(BreachByBase), true)]
    [InlineData(typeof(BreachByAttribute), true)]
    [InlineData(typeof(BreachByConstraint<>), true)]
    [InlineData(typeof(BreachByField), true)]
    [InlineData(typeof(BreachBySignature), true)]
    [InlineData(typeof(BreachByCall), true)]
    [InlineData(typeof(BreachByLambda), true)]
    [InlineData(typeof(BreachByIterator), true)]
    [InlineData(typeof(BreachByCast), true)]
    [InlineData(typeof(BreachByGenericCall), true)]
    [InlineData(typeof(BreachByCatch), true)]
    [InlineData(typeof(NoBreach), false)]
    public void Uses_OfABreach_AreSeen(Type type, bool isBreach)
    {
        string[] roof
            = ["KmsTools.KmsEngine", "KmsTools.OperationContext", "KmsTools.Operations.Operation", "KmsTools.Operations.OperationCatalog",
            "KmsTools.Architecture.RoofAttribute", "KmsTools.Architecture.RoofException"];
        Assert.Equal(isBreach, Tests.UsedBy(type.FullName!).Overlaps(roof));
    }

    // Empty for the root; null for what generators of code made.
    private static string? TopFolder(string type) => Engine.SourcesOf(type)
        .Select(PlaceOf)
        .OfType<string>()
        .Select(static place => place.Split('/'))
        .Where(static path => path[0] != "obj")
        .Select(static path => path.Length == 1 ? "" : path[0])
        .FirstOrDefault();

    private static IEnumerable<string> TypesIn(string place)
    {
        string start = place.EndsWith(".cs", StringComparison.Ordinal) ? place : place + "/";
        return Engine.Types.Where(
            type => Engine.SourcesOf(type).Any(source => PlaceOf(source)?.StartsWith(start, StringComparison.Ordinal) == true));
    }

    private static string? PlaceOf(string source) =>
        source.StartsWith(Sources, StringComparison.Ordinal) ? source[Sources.Length..]
        : source.StartsWith(Shared, StringComparison.Ordinal) ? source[Shared.Length..]
        : null;
}
