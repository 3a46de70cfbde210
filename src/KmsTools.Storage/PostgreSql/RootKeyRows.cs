using System.Collections.Immutable;
using KmsTools.Cryptography;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.PostgreSql;

/// <summary>
/// What a database keeps for the root key of a shared store, of one connection: root.key as it is sealed (root_key_file), generations that
/// are handed over (root_key_handover), and which machines are up (root_key_nodes). Nothing of it has a MAC: what is wrapped authenticates
/// itself, and the rest decides only how long something is kept.
/// </summary>
internal sealed class RootKeyRows(IDatabase database)
{
    /// <summary>After what time without a sign of life a machine counts as away, in milliseconds.</summary>
    public const int MaxSilence = 15_000;

    // By the clock of the database: those of machines differ.
    private const string Now = "CAST(extract(epoch FROM now()) * 1000 AS bigint)";

    private readonly Statement _readSealed = new(database, "SELECT content FROM root_key_file WHERE id = 1");
    private readonly Statement _lockSealed = new(database, "SELECT content FROM root_key_file WHERE id = 1 FOR UPDATE");
    private readonly Statement _deleteSealed = new(database, "DELETE FROM root_key_file WHERE id = 1");
    private readonly Statement _readGeneration = new(database, "SELECT generation FROM root_key WHERE id = 1");
    private readonly Statement _listOffers = new(database, "SELECT generation, wrapped FROM root_key_handover ORDER BY generation");
    private readonly Statement _readNewest = new(
        database, "SELECT coalesce(max(generation), 0) AS newest FROM root_key_handover");

    private readonly Statement _readInstallationId = new(database, "SELECT installation_id FROM store WHERE id = 1");

    private readonly Statement _putSealed = new(
        database,
        "INSERT INTO root_key_file (id, content) VALUES (1, @content) ON CONFLICT (id) DO UPDATE SET content = excluded.content");

    private readonly Statement _offer = new(
        database, "INSERT INTO root_key_handover (generation, wrapped) VALUES (@generation, @wrapped)");

    // Those that were never used, because a transaction has failed, go with the generation that follows them.
    private readonly Statement _endOffers = new(
        database,
        $"""
        DELETE FROM root_key_handover
        WHERE generation <= (SELECT generation FROM root_key WHERE id = 1 AND former_generation IS NULL)
            AND NOT EXISTS (
                SELECT 1 FROM root_key_nodes
                WHERE root_key_nodes.generation < root_key_handover.generation AND root_key_nodes.seen > {Now} - {MaxSilence})
        """);

    private readonly Statement _putNode = new(
        database,
        $"""
        INSERT INTO root_key_nodes (node, generation, seen) VALUES (@node, @generation, {Now})
        ON CONFLICT (node) DO UPDATE SET generation = excluded.generation, seen = excluded.seen
        """);

    private readonly Statement _deleteNode = new(database, "DELETE FROM root_key_nodes WHERE node = @node");

    private readonly Statement _deleteOldNodes = new(
        database, $"DELETE FROM root_key_nodes WHERE seen <= {Now} - {10 * MaxSilence}");

    private readonly Statement _look = new(
        database,
        """
        SELECT generation, coalesce(former_generation, 0) AS former,
            (SELECT count(*) FROM root_key_handover WHERE root_key_handover.generation <= root_key.generation) AS offers,
            (SELECT count(*) FROM root_key_file) AS sealed
        FROM root_key WHERE id = 1
        """);

    /// <summary>The content of root.key, as it is sealed; null if the store is not sealed.</summary>
    public byte[]? ReadSealed() => _readSealed.Find(static row => row.Bytes("content"));

    /// <summary>
    /// As <see cref="ReadSealed"/>, once a transaction that deletes it has ended, of which it is not known how; it stays so until the end of
    /// this transaction.
    /// </summary>
    public byte[]? ReadSealedForCertain() => _lockSealed.Find(static row => row.Bytes("content"));

    public void PutSealed(byte[] content) => _putSealed.Run(("content", content));

    public void DeleteSealed() => _deleteSealed.Run();

    /// <summary>Identifies the store; null if there is none yet.</summary>
    public string? ReadInstallationId() => _readInstallationId.Find(static row => row.Text("installation_id"));

    /// <summary>The generation that the store uses.</summary>
    public int ReadGeneration() => _readGeneration.Find(static row => row.SmallNumber("generation"));

    /// <summary>The highest generation that is handed over; 0 for none.</summary>
    public int ReadNewestOffer() => _readNewest.Find(static row => row.SmallNumber("newest"));

    /// <summary>What is handed over, lowest generation first.</summary>
    public ImmutableArray<OfferedGeneration> ListOffers() =>
        _listOffers.List(static row => new OfferedGeneration(row.SmallNumber("generation"), row.Bytes("wrapped")));

    public void Offer(OfferedGeneration offered) =>
        _offer.Run(("generation", offered.Number), ("wrapped", offered.Wrapped));

    /// <summary>Deletes what was handed over up to the generation in use, unless a machine that is up has not taken it, or a rotation lasts.</summary>
    public void EndOffers() => _endOffers.Run();

    /// <summary>Says that a machine is up, and which generation it has.</summary>
    public void PutNode(string node, int generation)
    {
        _putNode.Run(("node", node), ("generation", generation));
        _deleteOldNodes.Run();
    }

    public void DeleteNode(string node) => _deleteNode.Run(("node", node));

    /// <summary>What there is to do for a machine that is up.</summary>
    public RootKeyNews Look() => _look.Find(static row => new RootKeyNews(
        row.SmallNumber("generation"), row.Number("former") != 0, row.Number("offers") != 0, row.Number("sealed") != 0))!;
}

/// <summary>A generation that is handed over.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Wrapped">Its bytes, wrapped by the generation before (<see cref="RootKey.Wrap"/>).</param>
internal sealed record OfferedGeneration(int Number, byte[] Wrapped);

/// <summary>What a machine that is up wants to know of the root key.</summary>
/// <param name="Generation">The generation that the store uses.</param>
/// <param name="IsRotating">Whether a rotation is in progress.</param>
/// <param name="HasOffers">Whether something is handed over that is in use.</param>
/// <param name="IsSealed">Whether the store is sealed.</param>
internal sealed record RootKeyNews(int Generation, bool IsRotating, bool HasOffers, bool IsSealed);
