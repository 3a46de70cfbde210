namespace KmsTools.Storage.Sql;

/// <summary>
/// What executes a statement and moves over its rows: a command of ADO.NET (<see cref="CommandCursor"/>), or what a database has that costs
/// less. Values are as <see cref="Statement.ToStored"/> makes them.
/// </summary>
internal interface ICursor : IDisposable
{
    /// <summary>The number of columns, once the statement was started.</summary>
    int ColumnCount { get; }

    /// <summary>Declares the next parameter, before it is bound for the first time.</summary>
    /// <param name="name">Its name, without @.</param>
    /// <exception cref="InvalidOperationException">The statement does not name it.</exception>
    void Declare(string name);

    /// <summary>Binds a parameter.</summary>
    /// <param name="index">Its position in the order of the declarations.</param>
    /// <param name="value">The value.</param>
    void Bind(int index, object value);

    /// <summary>Executes a statement that returns no rows.</summary>
    void Run();

    /// <summary>Begins the execution of a query. End it.</summary>
    void Start();

    /// <summary>Moves to the next row; false if there is none.</summary>
    bool Step();

    /// <summary>Ends the execution.</summary>
    void End();

    string Name(int column);

    /// <summary>A column of the row: a number, a text, bytes, or <see cref="DBNull"/>.</summary>
    object Value(int column);

    bool IsNull(int column);

    long Number(int column);

    string Text(int column);

    byte[] Bytes(int column);
}
